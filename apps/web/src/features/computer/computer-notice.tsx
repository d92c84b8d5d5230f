import { CloudOff, PlugZap } from 'lucide-react';
import { ComputerAdvice } from '../../components/computer-advice.tsx';
import { LinkButton } from '../../components/link-button.tsx';
import { Notice } from '../../components/notice.tsx';
import { computerState } from '../../lib/computer-state.ts';
import { GUIDE_PATH } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** When nothing can answer: what is the matter, and what to do about it. Goes away by itself. */
export function ComputerNotice() {
  const { computers } = useServices();
  const texts = useTexts().computers;
  const { phase, list } = useStore(computers);
  const best = list[0];
  if (phase === 'loading') return null;
  if (phase === 'failing') {
    return (
      <Notice icon={CloudOff} tone="warn" title={texts.unreachable}>
        <p className="text-ink-soft">{texts.unreachableLead}</p>
      </Notice>
    );
  }
  if (best === undefined) {
    return (
      <Notice icon={PlugZap} tone="calm" title={texts.noneYet}>
        <p className="text-ink-soft">{texts.noneLead}</p>
        <LinkButton to={GUIDE_PATH} className="self-start">
          {texts.connectFirst}
        </LinkButton>
      </Notice>
    );
  }
  return computerState(best) === 'online' ? null : <ComputerAdvice computer={best} />;
}
