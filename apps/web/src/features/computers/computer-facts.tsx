import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { computerState } from '../../lib/computer-state.ts';
import { engineLine, platformName } from '../../lib/computer-words.ts';
import { percentWords } from '../../lib/size-words.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type ComputerFactsProps = { computer: BridgeStatus; place: number; count: number };

/** What it is, at a glance. */
export function ComputerFacts({ computer, place, count }: ComputerFactsProps) {
  const texts = useTexts();
  const { facts, states, unknownFact, place: placeWords } = texts.computers;
  const { client } = computer;
  const state = computerState(computer);
  const load = state === 'offline' ? undefined : client.systemLoad;
  const rows = [
    [facts.state, states[state]],
    [facts.platform, platformName(computer)],
    [facts.version, client.version],
    [facts.engine, client.engine === undefined ? unknownFact : engineLine(computer, texts)],
    [facts.load, load === undefined ? unknownFact : percentWords(load, texts.language)],
    [facts.place, placeWords(place + 1, count)],
  ];
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-card border border-line bg-line sm:grid-cols-3 xl:grid-cols-6">
      {rows.map(([name, value]) => (
        <div key={name} className="flex min-w-0 flex-col gap-0.5 bg-surface px-4 py-3">
          <dt className="text-caption text-ink-soft">{name}</dt>
          <dd className="font-strong wrap-anywhere tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
