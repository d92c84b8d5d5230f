import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { SearchX } from 'lucide-react';
import { useParams } from 'react-router';
import { ComputerAdvice } from '../../components/computer-advice.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import { byOrder, computerState } from '../../lib/computer-state.ts';
import { stateLine } from '../../lib/computer-words.ts';
import { COMPUTERS_PATH } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';
import { useNow } from '../../lib/use-now.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { ComputerFacts } from './computer-facts.tsx';
import { ComputerMenu } from './computer-menu.tsx';
import { LoadFigure } from './load-figure.tsx';
import { ModelsSection } from './models-section.tsx';

/** One computer: how it is, how busy it was, and its models. */
export function ComputerPage() {
  const { bridgeId } = useParams();
  const { computers } = useServices();
  const texts = useTexts().computers;
  const { phase, list } = useStore(computers);
  const ordered = list.toSorted(byOrder);
  const place = ordered.findIndex((one) => one.bridgeId === bridgeId);
  const computer = ordered[place];
  if (computer !== undefined) {
    // With a key, so that nothing of one computer's dialogs and fields is the next one's.
    return <OneComputer key={bridgeId} computer={computer} place={place} count={list.length} phase={phase} />;
  }
  return (
    <Page title={texts.title} back={{ to: COMPUTERS_PATH, label: texts.back }}>
      {phase === 'ready' ? (
        <Notice icon={SearchX} tone="calm" title={texts.missing}>
          <p className="text-ink-soft">{texts.missingLead}</p>
        </Notice>
      ) : (
        <output className="flex items-center gap-3 text-ink-soft">
          <WaitingDots /> {phase === 'loading' ? texts.looking : texts.unreachable}
        </output>
      )}
    </Page>
  );
}

type OneComputerProps = {
  computer: BridgeStatus;
  place: number;
  count: number;
  phase: 'loading' | 'ready' | 'failing';
};

function OneComputer({ computer, place, count, phase }: OneComputerProps) {
  const { router } = useServices();
  const texts = useTexts();
  const now = useNow();
  const isKnown = phase !== 'failing';
  return (
    <Page
      title={computer.name}
      lead={isKnown ? stateLine(computer, now, texts) : texts.computers.unknown}
      back={{ to: COMPUTERS_PATH, label: texts.computers.back }}
      actions={
        <ComputerMenu
          computer={computer}
          place={place}
          count={count}
          onRevoked={() => router.navigate(COMPUTERS_PATH, { replace: true })}
        />
      }
    >
      {isKnown && computerState(computer) !== 'online' && <ComputerAdvice computer={computer} />}
      <ComputerFacts computer={computer} place={place} count={count} />
      <LoadFigure bridgeId={computer.bridgeId} />
      <ModelsSection computer={computer} />
    </Page>
  );
}
