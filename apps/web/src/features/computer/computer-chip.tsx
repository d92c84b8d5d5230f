import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Mark } from '../../components/mark.tsx';
import { computerState } from '../../lib/computer-state.ts';
import { canAnswer } from '../../lib/computers.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { ComputersPanel } from './computers-panel.tsx';
import { STATE_WORDS } from './state-words.ts';

/** The computer in the smallest space: the house, and everything about it behind a tap. */
export function ComputerChip() {
  const { computers } = useServices();
  const best = useStore(computers, ({ list }) => list[0]);
  const isLit = useStore(computers, canAnswer);
  const [isOpen, setOpen] = useState(false);
  const state = best && computerState(best);
  const label = best && state ? `${best.name}: ${STATE_WORDS[state]}` : 'No computer connected';
  return (
    <>
      <button
        type="button"
        aria-label={label}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
        className="inline-flex h-11 min-w-11 items-center justify-center gap-2 rounded-card px-2.5 text-caption text-ink-soft transition-colors duration-150 hover:bg-hover"
      >
        <Mark lit={isLit} className="size-6 text-ink" />
        <span className="max-w-28 truncate max-sm:hidden">{state ? STATE_WORDS[state] : 'No computer'}</span>
      </button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} label="Your computers" place="sheet">
        <div className="flex flex-col gap-6">
          <ComputersPanel />
          <Button onClick={() => setOpen(false)}>Close</Button>
        </div>
      </Dialog>
    </>
  );
}
