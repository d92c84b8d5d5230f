import { Link } from '../../components/link.tsx';
import { Mark } from '../../components/mark.tsx';
import { GUIDE_PATH } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { ComputerCard } from './computer-card.tsx';

/** All computers of the person; the best one first. */
export function ComputersPanel({ onOpen }: { onOpen?: () => void }) {
  const { computers } = useServices();
  const texts = useTexts().computers;
  const { phase, list } = useStore(computers);
  if (list.length > 0) {
    return (
      <div className="flex flex-col gap-4">
        {list.map((computer) => (
          <ComputerCard key={computer.bridgeId} computer={computer} isKnown={phase === 'ready'} onOpen={onOpen} />
        ))}
      </div>
    );
  }
  const words = { loading: texts.looking, ready: texts.noneYet, failing: texts.unreachable };
  return (
    <div className="flex items-start gap-3 text-ink-soft">
      <Mark lit={false} className="size-6" />
      <div className="flex flex-col gap-1">
        <p>{words[phase]}</p>
        {phase === 'ready' && (
          <Link to={GUIDE_PATH} onOpen={onOpen} className="touch-target text-ink underline underline-offset-4">
            {texts.connectFirst}
          </Link>
        )}
      </div>
    </div>
  );
}
