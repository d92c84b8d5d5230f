import type { GenerationOptions } from '@cloudtolocalllm/sdk';

/** The options that are written; `think` is chosen. */
export const WRITTEN_OPTIONS = ['temperature', 'top_p', 'num_ctx', 'seed', 'keep_alive', 'stop'] as const;
export type WrittenOption = (typeof WRITTEN_OPTIONS)[number];

/** As the relay takes them, see `generationOptions` of the protocol. */
const RANGES: Partial<Record<WrittenOption, { from: number; to: number; isWhole: boolean }>> = {
  temperature: { from: 0, to: 10, isWhole: false },
  top_p: { from: 0, to: 1, isWhole: false },
  num_ctx: { from: 1, to: 10_000_000, isWhole: true },
  seed: { from: -2_147_483_648, to: 2_147_483_647, isWhole: true },
};
const DURATION = /^-?\d{1,6}(ns|us|ms|s|m|h)?$/;
const MAX_STOPS = 16;
const MAX_STOP_CHARACTERS = 200;

/** An option as it stands in its field. Line breaks in a stop text are written as \n. */
export function optionText(options: GenerationOptions, name: WrittenOption): string {
  if (name === 'stop') return (options.stop ?? []).map((text) => text.replaceAll('\n', '\\n')).join('\n');
  return String(options[name] ?? '');
}

/** The options with one as it was written: empty takes it out; undefined when it can't be that. */
export function withOption(
  options: GenerationOptions,
  name: WrittenOption,
  text: string,
): GenerationOptions | undefined {
  const { [name]: _before, ...others } = options;
  const written = text.trim();
  if (written === '') return others;
  if (name === 'stop') {
    const stop = text
      .split('\n')
      .map((line) => line.replaceAll('\\n', '\n'))
      .filter((line) => line !== '');
    const isGood = stop.length <= MAX_STOPS && stop.every((line) => line.length <= MAX_STOP_CHARACTERS);
    return isGood ? { ...others, stop } : undefined;
  }
  if (name === 'keep_alive') return DURATION.test(written) ? { ...others, keep_alive: written } : undefined;
  const range = RANGES[name];
  // Many languages write a comma.
  const number = Number(written.replace(',', '.'));
  const isGood = range && number >= range.from && number <= range.to && (!range.isWhole || Number.isInteger(number));
  return isGood ? { ...others, [name]: number } : undefined;
}

export type Thinking = 'own' | 'off' | 'on' | 'low' | 'medium' | 'high';

export function thinkingOf({ think }: GenerationOptions): Thinking {
  if (think === undefined) return 'own';
  if (typeof think === 'string') return think;
  return think ? 'on' : 'off';
}

export function withThinking(options: GenerationOptions, thinking: Thinking): GenerationOptions {
  const { think: _before, ...others } = options;
  if (thinking === 'own') return others;
  if (thinking === 'on' || thinking === 'off') return { ...others, think: thinking === 'on' };
  return { ...others, think: thinking };
}
