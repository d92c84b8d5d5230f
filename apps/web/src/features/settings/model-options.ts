import type { GenerationOptions } from '@cloudtolocalllm/sdk';
import { optionsForm, readOptions } from '../../lib/generation-options.ts';

/** The options that are written; `think` is chosen. */
export const WRITTEN_OPTIONS = ['temperature', 'top_p', 'num_ctx', 'seed', 'keep_alive', 'stop'] as const;
export type WrittenOption = (typeof WRITTEN_OPTIONS)[number];

/** As the relay takes them, see `generationOptions` of the protocol. */
const RANGES = {
  temperature: { from: 0, to: 10, isWhole: false },
  top_p: { from: 0, to: 1, isWhole: false },
  num_ctx: { from: 1, to: 10_000_000, isWhole: true },
  seed: { from: -2_147_483_648, to: 2_147_483_647, isWhole: true },
} as const;
const DURATION = /^-?\d{1,6}(ns|us|ms|s|m|h)?$/;
const MAX_STOPS = 16;
const MAX_STOP_CHARACTERS = 200;

/** The options with one as it was written: empty takes it out; undefined when it can't be that. */
export function withOption(
  options: GenerationOptions,
  name: WrittenOption,
  text: string,
): GenerationOptions | undefined {
  // Many languages write a comma.
  const written = name === 'stop' ? text : text.trim().replace(',', '.');
  const next = readOptions({ ...optionsForm(options), [name]: written });
  return written === '' || isGood(next, name) ? next : undefined;
}

function isGood(options: GenerationOptions, name: WrittenOption): boolean {
  if (name === 'stop') {
    const { stop = [] } = options;
    return stop.length <= MAX_STOPS && stop.every((text) => text.length <= MAX_STOP_CHARACTERS);
  }
  if (name === 'keep_alive') return DURATION.test(String(options.keep_alive));
  const { from, to, isWhole } = RANGES[name];
  const number = options[name] ?? NaN;
  return number >= from && number <= to && (!isWhole || Number.isInteger(number));
}

export type Thinking = 'default' | 'true' | 'false' | 'low' | 'medium' | 'high';

export function thinkingOf({ think }: GenerationOptions): Thinking {
  if (think === undefined) return 'default';
  if (typeof think === 'string') return think;
  return think ? 'true' : 'false';
}

export function withThinking(options: GenerationOptions, thinking: Thinking): GenerationOptions {
  return readOptions({ ...optionsForm(options), think: thinking === 'default' ? '' : thinking });
}
