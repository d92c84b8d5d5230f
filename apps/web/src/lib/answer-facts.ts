import type { Message } from '@cloudtolocalllm/sdk';
import type { Texts } from '../texts/texts.ts';

/** A line about how an answer was made. */
export type Fact = { name: string; value: string };

const SECOND_MS = 1_000;

/** How an answer was made, as far as the engine and the relay have said. */
export function answerFacts(
  { model, metadata = {}, totalTokens, created }: Message,
  { language, messages: { facts: texts } }: Pick<Texts, 'language' | 'messages'>,
): Fact[] {
  const {
    bridgeName,
    failedOver = [],
    answerTokens,
    answerMs,
    promptTokens,
    loadMs,
    firstTokenMs,
    thinkingMs,
  } = metadata;
  const perSecond = answerTokens && answerMs ? answerTokens / (answerMs / SECOND_MS) : undefined;
  const number = (value: number, digits = 0): string =>
    value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const seconds = (ms: number): string => texts.seconds(number(ms / SECOND_MS, ms < 10 * SECOND_MS ? 2 : 0));
  const optional = (value: number | undefined, write: (value: number) => string): string | undefined =>
    value === undefined ? undefined : write(value);
  const count = (value: number): string => texts.count(number(value));
  const facts: [string, string | undefined][] = [
    [texts.model, model],
    [texts.computer, bridgeName],
    ...failedOver.map((other): [string, string] => [texts.askedBefore, `${other.bridgeName}: ${other.reason}`]),
    [texts.speed, optional(perSecond, (value) => texts.perSecond(number(value, 1)))],
    [texts.firstWord, optional(firstTokenMs, seconds)],
    [texts.answer, optional(answerTokens, count)],
    [texts.question, optional(promptTokens, count)],
    [texts.tokens, answerTokens === undefined ? optional(totalTokens, number) : undefined],
    [texts.thinking, optional(thinkingMs, seconds)],
    [texts.loading, optional(loadMs, seconds)],
    [texts.time, new Date(created).toLocaleString(language)],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : { name, value }));
}
