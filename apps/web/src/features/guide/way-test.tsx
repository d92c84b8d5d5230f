import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { RefreshCw } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Starters } from '../../components/starters.tsx';
import { draftWith } from '../../lib/drafts.ts';
import { useServices } from '../../lib/services.ts';
import { NEW_THREAD } from '../../lib/thread.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { createWholeWay, isWholeWay, WAY, wayEssence } from '../../lib/whole-way.ts';
import { WayRow } from './way-row.tsx';

/** Tests every part of the way to a computer, again whenever the computer has changed, until all of it works. */
export function WayTest({ computer }: { computer: BridgeStatus }) {
  const { client, settings, drafts, router } = useServices();
  const texts = useTexts().guide;
  const [wholeWay] = useState(() => createWholeWay({ calls: client, defaultModel: () => settings.get().defaultModel }));
  const way = useStore(wholeWay);
  const isDone = isWholeWay(way);
  const hasFailed = WAY.some((part) => way[part].phase === 'failed');
  const essence = wayEssence(computer);

  const goOn = useEffectEvent(() => {
    if (!isDone) void wholeWay.test(computer.bridgeId);
  });
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a change of the computer is what this waits for
  useEffect(() => goOn(), [essence]);
  useEffect(() => () => wholeWay.stop(), [wholeWay]);
  useEffect(() => {
    if (isDone && !settings.get().guideDone) void settings.change({ guideDone: true });
  }, [isDone, settings]);
  const begin = (text: string): void => {
    const draft = drafts.get()[NEW_THREAD] ?? '';
    if (text !== '') drafts.write(NEW_THREAD, draftWith(draft, text, texts.prompts));
    router.navigate('/');
  };

  return (
    <>
      <ol
        aria-label={texts.testing(computer.name)}
        className="flex flex-col divide-y divide-line rounded-card border border-line bg-surface"
      >
        {WAY.map((part) => (
          <WayRow key={part} part={part} step={way[part]} computer={computer} />
        ))}
      </ol>
      <output className="sr-only">{isDone ? texts.allDone : ''}</output>
      {hasFailed && (
        <Button className="self-start" onClick={() => void wholeWay.test(computer.bridgeId)}>
          <RefreshCw aria-hidden className="size-4" strokeWidth={1.75} />
          {texts.again}
        </Button>
      )}
      {isDone && (
        <div className="flex flex-col gap-4 pt-3">
          <h3 className="text-title font-strong">{texts.allDone}</h3>
          <Starters onPick={begin} />
          <Button look="primary" className="self-start" onClick={() => begin('')}>
            {texts.startChat}
          </Button>
        </div>
      )}
    </>
  );
}
