import { common } from './de/common.ts';
import { computers } from './de/computers.ts';
import { conversations } from './de/conversations.ts';
import { guide } from './de/guide.ts';
import { models } from './de/models.ts';
import { shell } from './de/shell.ts';
import { markdown } from './de/markdown.ts';
import { messages } from './de/messages.ts';
import { composer } from './de/composer.ts';
import { failures } from './de/failures.ts';
import { offline } from './de/offline.ts';
import { signIn } from './de/sign-in.ts';
import type { Texts } from './texts.ts';

export const de: Texts = {
  language: 'de',
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
