import type { Texts } from '../texts.ts';

export const offline: Texts['offline'] = {
  title: 'Du bist offline',
  saved: (time) => `Gespeichert: ${time}.`,
  nothing: 'Was du schon geöffnet hattest, kannst du lesen.',
  blocked: 'Fragen kannst du, wenn du wieder online bist',
  update: 'Es gibt eine neue Version',
  reload: 'Neu laden',
};
