import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Mark } from '../../components/mark.tsx';
import { computerState } from '../../lib/computer-state.ts';
import { canAnswer } from '../../lib/computers.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { ComputersPanel } from './computers-panel.tsx';

/** The computer in the smallest space: the house, and everything about it behind a tap. */
export function ComputerChip() {
  const { computers } = useServices();
  const texts = useTexts();
  const best = useStore(computers, ({ list }) => list[0]);
  const isLit = useStore(computers, canAnswer);
  const [isOpen, setOpen] = useState(false);
  const close = (): void => setOpen(false);
  const state = best && texts.computers.states[computerState(best)];
  const label = best && state ? texts.computers.chip(best.name, state) : texts.computers.noneConnected;
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
        <span className="max-w-28 truncate max-sm:hidden">{state ?? texts.computers.none}</span>
      </button>
      <Dialog isOpen={isOpen} onClose={close} label={texts.computers.yours} place="sheet">
        <div className="flex flex-col gap-6">
          <ComputersPanel onOpen={close} />
          <Button onClick={close}>{texts.common.close}</Button>
        </div>
      </Dialog>
    </>
  );
}
