import { CloudOff, Plus } from 'lucide-react';
import { LinkButton } from '../../components/link-button.tsx';
import { Mark } from '../../components/mark.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import { byOrder } from '../../lib/computer-state.ts';
import { GUIDE_PATH } from '../../lib/router.ts';
import { inWords } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { ComputerList } from './computer-list.tsx';

/** All computers of the person, in their order. */
export function ComputersPage() {
  const { computers } = useServices();
  const catalogue = useTexts();
  const texts = catalogue.computers;
  const { phase, list, failure: kept } = useStore(computers);
  const failure = kept && inWords(kept, catalogue);
  const hasSome = list.length > 0;
  // Until somebody orders them, all have the same place.
  const isOrdered = list.some(({ priority }) => priority !== list[0]?.priority);
  const lead = isOrdered ? texts.lead : texts.leadUnordered;
  return (
    <Page
      title={texts.title}
      lead={list.length > 1 ? lead : undefined}
      actions={
        hasSome && (
          <LinkButton to={GUIDE_PATH}>
            <Plus aria-hidden className="size-4" strokeWidth={2} />
            {texts.connect}
          </LinkButton>
        )
      }
    >
      {phase === 'failing' && (
        <Notice icon={CloudOff} tone="warn" title={failure?.title ?? texts.unreachable} role="alert">
          {failure?.detail && <p className="text-ink-soft">{failure.detail}</p>}
        </Notice>
      )}
      {hasSome && <ComputerList computers={list.toSorted(byOrder)} isKnown={phase === 'ready'} />}
      {phase === 'loading' && !hasSome && (
        <output className="flex items-center gap-3 text-ink-soft">
          <WaitingDots /> {texts.looking}
        </output>
      )}
      {phase === 'ready' && !hasSome && <NoComputers />}
    </Page>
  );
}

function NoComputers() {
  const texts = useTexts().computers;
  return (
    <div className="flex flex-col items-center gap-4 rounded-card border border-line bg-surface px-6 py-12 text-center">
      <Mark lit={false} className="size-12 text-ink" />
      <div className="flex max-w-md flex-col gap-1">
        <h2 className="text-title font-strong">{texts.noneYet}</h2>
        <p className="text-body text-balance text-ink-soft">{texts.noneLead}</p>
      </div>
      <LinkButton to={GUIDE_PATH} look="primary">
        {texts.connectFirst}
      </LinkButton>
    </div>
  );
}
