/** Without a network, and when a newer version of the app is there. */
export const offline = {
  title: 'You’re offline',
  saved: (time: string) => `Saved ${time}.`,
  nothing: 'What you have opened before can be read.',
  blocked: 'Questions can be asked when you’re online again',
  update: 'A new version is there',
  reload: 'Reload',
};
