import type { GenerationOptions } from '@cloudtolocalllm/sdk';

/** Options as a form holds them: text, empty for what is not chosen. */
export type OptionsForm = Record<keyof GenerationOptions, string>;

export function optionsForm({ stop = [], think, ...rest }: GenerationOptions): OptionsForm {
  const { temperature = '', top_p = '', num_ctx = '', seed = '', keep_alive = '' } = rest;
  return {
    temperature: String(temperature),
    top_p: String(top_p),
    num_ctx: String(num_ctx),
    seed: String(seed),
    keep_alive: String(keep_alive),
    // A line break in a stop text is written as \n, since each line is one text.
    stop: stop.map((text) => text.replaceAll('\n', String.raw`\n`)).join('\n'),
    think: think === undefined ? '' : String(think),
  };
}

/** The options of a form whose fields have passed the browser's checks. */
export function readOptions(form: OptionsForm): GenerationOptions {
  const number = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text));
  const stop = form.stop
    .split('\n')
    .map((text) => text.replaceAll(String.raw`\n`, '\n'))
    .filter((text) => text !== '');
  const chosen: GenerationOptions = {
    temperature: number(form.temperature),
    top_p: number(form.top_p),
    num_ctx: number(form.num_ctx),
    seed: number(form.seed),
    keep_alive: form.keep_alive.trim() || undefined,
    stop: stop.length > 0 ? stop : undefined,
    think: readThink(form.think),
  };
  // The relay is told what was chosen and nothing else.
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
}

function readThink(text: string): GenerationOptions['think'] {
  if (text === 'low' || text === 'medium' || text === 'high') return text;
  return text === '' ? undefined : text === 'true';
}
