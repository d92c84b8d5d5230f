import type { Texts } from '../texts.ts';

export const offline: Texts['offline'] = {
  title: 'Du bist offline',
  saved: (time) => `Was du siehst, wurde ${time} gespeichert.`,
  nothing: 'Was du schon geöffnet hattest, kannst du lesen.',
  notSaved: 'Diese Unterhaltung ist nicht auf diesem Gerät',
  notSavedWhy: 'Sie öffnet sich, wenn du wieder online bist.',
  blocked: 'Fragen kannst du, wenn du wieder online bist',
  update: 'Es gibt eine neue Version',
  reload: 'Neu laden',
};
