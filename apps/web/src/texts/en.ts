import { common } from './en/common.ts';
import { composer } from './en/composer.ts';
import { conversations } from './en/conversations.ts';
import { failures } from './en/failures.ts';
import { offline } from './en/offline.ts';
import { shell } from './en/shell.ts';
import { signIn } from './en/sign-in.ts';

/** Everything that the app says, in English; each feature's words in a file of their own. */
export const en = {
  /** BCP 47, for `lang` and for dates and numbers. */
  language: 'en',
  common,
  conversations,
  shell,
  composer,
  failures,
  offline,
  signIn,
};
