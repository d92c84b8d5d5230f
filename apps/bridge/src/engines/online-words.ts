import type { Engines } from './engines.ts';

/** What a bridge that is online says of its engines: how many models, whose, and which engines do not work. */
export function onlineWords(engines: Engines, mayTell?: (model: string) => boolean): string {
  const { working } = engines;
  const { models } = engines.report(mayTell);
  const demo = working.every(({ probe }) => probe?.demo) ? ' (demo engine)' : '';
  const [only] = working;
  const isPlain = engines.all.length === 1 && only?.kind === 'ollama';
  const whose = isPlain ? '' : ` on ${working.map(({ name }) => name).join(', ')}`;
  const count = `${models.length} ${models.length === 1 ? 'model' : 'models'}${whose}${demo}`;
  return [count, ...engines.troubles()].join('; ');
}
