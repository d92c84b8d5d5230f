import { SlidersHorizontal } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import { useTexts } from '../../lib/use-texts.ts';

const SetupDialog = lazy(async () => ({ default: (await import('./setup-dialog.tsx')).SetupDialog }));

/** How the model is asked in this conversation, behind a button; disabled while that is not known yet. */
export function SetupButton({ threadId, disabled }: { threadId: string; disabled: boolean }) {
  const texts = useTexts().models;
  const [isOpen, setOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  const open = (): void => {
    setWasOpen(true);
    setOpen(true);
  };
  return (
    <>
      <IconButton
        icon={SlidersHorizontal}
        label={texts.settings}
        aria-haspopup="dialog"
        disabled={disabled}
        onClick={open}
      />
      <Suspense>
        {wasOpen && <SetupDialog threadId={threadId} isOpen={isOpen} onClose={() => setOpen(false)} />}
      </Suspense>
    </>
  );
}
