import { common } from './de/common.ts';
import { composer } from './de/composer.ts';
import { conversations } from './de/conversations.ts';
import { failures } from './de/failures.ts';
import { offline } from './de/offline.ts';
import { shell } from './de/shell.ts';
import { signIn } from './de/sign-in.ts';
import type { Texts } from './texts.ts';

export const de: Texts = {
  language: 'de',
  common,
  conversations,
  shell,
  composer,
  failures,
  offline,
  signIn,
};
