import type { Message } from '@cloudtolocalllm/sdk';

/** A line about how an answer was made. */
export type Fact = { name: string; value: string };

const SECOND_MS = 1_000;

/** How an answer was made, as far as the engine and the relay have said. */
export function answerFacts({ model, metadata = {}, totalTokens, created }: Message): Fact[] {
  const { bridgeName, failedOver = [], answerTokens, answerMs, promptTokens, loadMs, firstTokenMs } = metadata;
  const perSecond = answerTokens && answerMs ? answerTokens / (answerMs / SECOND_MS) : undefined;
  const facts: [string, string | undefined][] = [
    ['Model', model],
    ['Computer', bridgeName],
    ...failedOver.map((other): [string, string] => ['Asked before', `${other.bridgeName}: ${other.reason}`]),
    ['Speed', perSecond === undefined ? undefined : `${perSecond.toFixed(1)} tokens/s`],
    ['Answer', answerTokens === undefined ? undefined : `${answerTokens} tokens`],
    ['Question', promptTokens === undefined ? undefined : `${promptTokens} tokens`],
    ['Tokens', answerTokens === undefined && totalTokens !== undefined ? String(totalTokens) : undefined],
    ['First word', firstTokenMs === undefined ? undefined : seconds(firstTokenMs)],
    ['Loading', loadMs === undefined ? undefined : seconds(loadMs)],
    ['Time', new Date(created).toLocaleString()],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : { name, value }));
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / SECOND_MS).toFixed(milliseconds < 10 * SECOND_MS ? 2 : 0)} s`;
}
