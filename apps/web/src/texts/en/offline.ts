/** Without a network, and when a newer version of the app is there. */
export const offline = {
  title: 'You’re offline',
  saved: (time: string) => `What you see was saved ${time}.`,
  nothing: 'What you have opened before can be read.',
  notSaved: 'This conversation isn’t on this device',
  notSavedWhy: 'It opens when you are online again.',
  blocked: 'Questions can be asked when you’re online again',
  update: 'A new version is there',
  reload: 'Reload',
};
