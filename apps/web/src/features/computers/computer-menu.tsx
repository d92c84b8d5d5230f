import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { ArrowDown, ArrowUp, Ellipsis, Pencil, Unplug } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Menu } from '../../components/menu.tsx';
import { RenameDialog } from '../../components/rename-dialog.tsx';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** As many characters as the relay takes. */
const MAX_NAME = 64;

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
      <RenameDialog
        isOpen={dialog === 'rename'}
        onClose={close}
        title={texts.renameTitle}
        action={texts.rename}
        name={computer.name}
        maxLength={MAX_NAME}
        onRename={(name) => void computerActions.rename(computer, name)}
      />
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
