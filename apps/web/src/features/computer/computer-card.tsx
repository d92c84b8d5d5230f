import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { Link } from '../../components/link.tsx';
import { Mark } from '../../components/mark.tsx';
import { computerState } from '../../lib/computer-state.ts';
import { stateLine } from '../../lib/computer-words.ts';
import { computerPath } from '../../lib/router.ts';
import { useNow } from '../../lib/use-now.ts';
import { useTexts } from '../../lib/use-texts.ts';

const MODELS_SHOWN = 6;

export type ComputerCardProps = {
  computer: BridgeStatus;
  /** False while the relay can't be asked. */
  isKnown: boolean;
  onOpen?: () => void;
};

/** One computer: its name, its state, its models. */
export function ComputerCard({ computer, isKnown, onOpen }: ComputerCardProps) {
  const texts = useTexts();
  const isLit = isKnown && computerState(computer) === 'online';
  const now = useNow();
  const { models, engine } = computer.client;
  return (
    <section aria-label={texts.computers.named(computer.name)} className="flex flex-col gap-2">
      <div className="flex items-start gap-3">
        <Mark lit={isLit} className="size-6 text-ink" />
        <div className="min-w-0">
          <h2 className="truncate font-strong">
            <Link
              to={computerPath(computer.bridgeId)}
              onOpen={onOpen}
              className="touch-target underline-offset-4 hover:underline"
            >
              {computer.name}
            </Link>
          </h2>
          <p className="text-caption text-ink-soft">
            {isKnown ? stateLine(computer, now, texts) : texts.computers.unknown}
          </p>
        </div>
      </div>
      {isLit && models.length > 0 && (
        <ul aria-label={texts.computers.models} className="flex flex-col gap-0.5 ps-9 text-caption text-ink-soft">
          {models.slice(0, MODELS_SHOWN).map((model) => (
            <li key={model} className="truncate font-mono" title={model}>
              {model}
            </li>
          ))}
          {models.length > MODELS_SHOWN && <li>{texts.computers.moreModels(models.length - MODELS_SHOWN)}</li>}
        </ul>
      )}
      {isLit && engine?.demo && (
        <p className="ms-9 rounded-row bg-warn-soft px-2.5 py-1.5 text-caption text-warn">
          {texts.computers.demoSentence}
        </p>
      )}
    </section>
  );
}
