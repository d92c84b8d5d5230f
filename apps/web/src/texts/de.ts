import { common } from './de/common.ts';
import type { Texts } from './texts.ts';

export const de: Texts = {
  language: 'de',
  common,
};
