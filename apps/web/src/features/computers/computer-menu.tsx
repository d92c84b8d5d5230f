import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { ArrowDown, ArrowUp, Ellipsis, Pencil, Unplug } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Menu } from '../../components/menu.tsx';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { RenameComputerDialog } from './rename-computer-dialog.tsx';

export type ComputerMenuProps = {
  computer: BridgeStatus;
  /** Its place in the person's order, from 0, and of how many. */
  place: number;
  count: number;
  onRevoked?: () => void;
};

/** What can be done with a computer. */
export function ComputerMenu({ computer, place, count, onRevoked }: ComputerMenuProps) {
  const { computerActions } = useServices();
  const texts = useTexts().computers;
  const [dialog, setDialog] = useState<'rename' | 'revoke'>();
  const close = (): void => setDialog(undefined);
  const moveTo = (next: number) => () => void computerActions.move(computer.bridgeId, next);
  const items = [
    { icon: Pencil, label: texts.rename, onSelect: () => setDialog('rename') },
    ...(place > 0 ? [{ icon: ArrowUp, label: texts.up, onSelect: moveTo(place - 1) }] : []),
    ...(place < count - 1 ? [{ icon: ArrowDown, label: texts.down, onSelect: moveTo(place + 1) }] : []),
    {
      icon: Unplug,
      label: texts.revoke,
      onSelect: () => setDialog('revoke'),
      isDangerous: true,
      startsGroup: true,
    },
  ];
  return (
    <>
      <Menu icon={Ellipsis} label={texts.menu(computer.name)} items={items} />
      <RenameComputerDialog computer={computer} isOpen={dialog === 'rename'} onClose={close} />
      <ConfirmDialog
        isOpen={dialog === 'revoke'}
        onClose={close}
        title={texts.revokeTitle(computer.name)}
        action={texts.revoke}
        onConfirm={() => computerActions.revoke(computer).then(onRevoked)}
      >
        {texts.revokeLead}
      </ConfirmDialog>
    </>
  );
}
