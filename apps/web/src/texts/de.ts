import { common } from './de/common.ts';
import { conversations } from './de/conversations.ts';
import { shell } from './de/shell.ts';
import { markdown } from './de/markdown.ts';
import { messages } from './de/messages.ts';
import type { Texts } from './texts.ts';

export const de: Texts = {
  language: 'de',
  common,
  conversations,
  shell,
  markdown,
  messages,
};
