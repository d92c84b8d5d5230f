import type { Texts } from '../texts.ts';

export const signIn: Texts['signIn'] = {
  lead: 'Das Sprachmodell deines eigenen Computers, wo immer du bist.',
  button: 'Anmelden',
  busy: 'Du wirst angemeldet…',
};
