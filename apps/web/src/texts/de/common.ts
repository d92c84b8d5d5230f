import type { Texts } from '../texts.ts';

export const common: Texts['common'] = {
  cancel: 'Abbrechen',
  close: 'Schließen',
  tryAgain: 'Noch einmal versuchen',
  notLoaded: 'Das ließ sich nicht laden. Versuche es noch einmal',
};
