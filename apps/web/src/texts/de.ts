import { common } from './de/common.ts';
import { markdown } from './de/markdown.ts';
import { messages } from './de/messages.ts';
import type { Texts } from './texts.ts';

export const de: Texts = {
  language: 'de',
  common,
  markdown,
  messages,
};
