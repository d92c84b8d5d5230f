/** Words that stand in more than one place. */
export const common = {
  cancel: 'Cancel',
  close: 'Close',
  tryAgain: 'Try again',
  notLoaded: 'This couldn’t be loaded. Try again',
};
