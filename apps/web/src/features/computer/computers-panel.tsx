import { Mark } from '../../components/mark.tsx';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { ComputerCard } from './computer-card.tsx';

/** All computers of the person; the best one first. */
export function ComputersPanel() {
  const { computers } = useServices();
  const { phase, list } = useStore(computers);
  if (list.length > 0) {
    return (
      <div className="flex flex-col gap-4">
        {list.map((computer) => (
          <ComputerCard key={computer.bridgeId} computer={computer} isKnown={phase === 'ready'} />
        ))}
      </div>
    );
  }
  const words = {
    loading: 'Looking for your computer…',
    ready: 'No computer connected yet',
    failing: 'The relay can’t be reached',
  };
  return (
    <p className="flex items-center gap-3 text-ink-soft">
      <Mark lit={false} className="size-6" />
      {words[phase]}
    </p>
  );
}
