import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { Mark } from '../../components/mark.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import { useTexts } from '../../lib/use-texts.ts';
import { WayTest } from './way-test.tsx';

export type TestStepProps = {
  /** The one that is meant; undefined until it appears. */
  computer: BridgeStatus | undefined;
  /** Those that are connected already. */
  others: readonly BridgeStatus[];
  onChoose: (bridgeId: string) => void;
};

/** Waits for the computer, then tests the way to it. */
export function TestStep({ computer, others, onChoose }: TestStepProps) {
  const texts = useTexts().guide;
  if (computer !== undefined) return <WayTest computer={computer} />;
  return (
    <>
      <output className="flex min-h-11 items-center gap-3 text-ink-soft">
        <WaitingDots /> {texts.waiting}
      </output>
      {others.map(({ bridgeId, name }) => (
        <div
          key={bridgeId}
          className="flex flex-wrap items-center gap-3 rounded-card border border-line bg-surface py-2 ps-4 pe-2"
        >
          <Mark lit={false} className="size-6 text-ink" />
          <p className="min-w-0 flex-1 basis-40 wrap-anywhere">{texts.already(name)}</p>
          <Button onClick={() => onChoose(bridgeId)}>{texts.testNamed(name)}</Button>
        </div>
      ))}
    </>
  );
}
