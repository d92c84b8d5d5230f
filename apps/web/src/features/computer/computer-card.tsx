import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { Mark } from '../../components/mark.tsx';
import { computerState } from '../../lib/computer-state.ts';
import { useNow } from '../../lib/use-now.ts';
import { stateLine } from './state-words.ts';

const MODELS_SHOWN = 6;

/** One computer: its name, its state, its models; `isKnown` is false while the relay can't be asked. */
export function ComputerCard({ computer, isKnown }: { computer: BridgeStatus; isKnown: boolean }) {
  const isLit = isKnown && computerState(computer) === 'online';
  const now = useNow();
  const { models, engine } = computer.client;
  return (
    <section aria-label={`Computer ${computer.name}`} className="flex flex-col gap-2">
      <div className="flex items-start gap-3">
        <Mark lit={isLit} className="size-6 text-ink" />
        <div className="min-w-0">
          <h2 className="truncate font-strong">{computer.name}</h2>
          <p className="text-caption text-ink-soft">
            {isKnown ? stateLine(computer, now) : 'State unknown: the relay can’t be reached'}
          </p>
        </div>
      </div>
      {isLit && models.length > 0 && (
        <ul aria-label="Models" className="flex flex-col gap-0.5 ps-9 text-caption text-ink-soft">
          {models.slice(0, MODELS_SHOWN).map((model) => (
            <li key={model} className="truncate font-mono" title={model}>
              {model}
            </li>
          ))}
          {models.length > MODELS_SHOWN && <li>and {models.length - MODELS_SHOWN} more</li>}
        </ul>
      )}
      {isLit && engine?.demo && (
        <p className="ms-9 rounded-row bg-warn-soft px-2.5 py-1.5 text-caption text-warn">
          Demo engine: answers every question with the same sentence
        </p>
      )}
    </section>
  );
}
