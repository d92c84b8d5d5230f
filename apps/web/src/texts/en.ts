import { common } from './en/common.ts';
import { computers } from './en/computers.ts';
import { conversations } from './en/conversations.ts';
import { guide } from './en/guide.ts';
import { models } from './en/models.ts';
import { shell } from './en/shell.ts';
import { markdown } from './en/markdown.ts';
import { messages } from './en/messages.ts';
import { composer } from './en/composer.ts';
import { failures } from './en/failures.ts';
import { offline } from './en/offline.ts';
import { signIn } from './en/sign-in.ts';

/** Everything that the app says, in English; each feature's words in a file of their own. */
export const en = {
  /** BCP 47, for `lang` and for dates and numbers. */
  language: 'en',
  common,
  computers,
  conversations,
  guide,
  models,
  shell,
  markdown,
  messages,
  composer,
  failures,
  offline,
  signIn,
};
