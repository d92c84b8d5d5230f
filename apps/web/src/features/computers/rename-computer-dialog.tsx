import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type RenameComputerDialogProps = { computer: BridgeStatus; isOpen: boolean; onClose: () => void };

export function RenameComputerDialog({ computer, isOpen, onClose }: RenameComputerDialogProps) {
  const texts = useTexts().computers;
  return (
    <Dialog isOpen={isOpen} onClose={onClose} label={texts.renameTitle} place="sheet">
      {isOpen && <RenameForm computer={computer} onClose={onClose} />}
    </Dialog>
  );
}

/** As many characters as the relay takes. */
const MAX_NAME = 64;

function RenameForm({ computer, onClose }: Omit<RenameComputerDialogProps, 'isOpen'>) {
  const { computerActions } = useServices();
  const texts = useTexts();
  const [name, setName] = useState(computer.name);
  const isGood = name.trim() !== '';
  return (
    <form
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isGood) return;
        if (name.trim() !== computer.name) void computerActions.rename(computer, name.trim());
        onClose();
      }}
    >
      <label className="flex flex-col gap-3">
        <span className="text-title font-strong">{texts.computers.renameTitle}</span>
        <input
          type="text"
          dir="auto"
          maxLength={MAX_NAME}
          value={name}
          onChange={(event) => setName(event.target.value)}
          onFocus={(event) => event.target.select()}
          className="min-h-11 rounded-row border border-line-strong bg-surface px-3 text-body caret-accent"
        />
      </label>
      <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={onClose}>{texts.common.cancel}</Button>
        <Button look="primary" type="submit" disabled={!isGood}>
          {texts.computers.rename}
        </Button>
      </div>
    </form>
  );
}
