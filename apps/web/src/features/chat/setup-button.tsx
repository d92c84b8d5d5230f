import { SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import { lazily } from '../../components/lazily.tsx';
import { LazyOverlay } from '../../components/lazy-overlay.tsx';
import { useTexts } from '../../lib/use-texts.ts';

const SetupDialog = lazily(async () => (await import('./setup-dialog.tsx')).SetupDialog);

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
      {wasOpen && (
        <LazyOverlay onFailed={() => setWasOpen(false)}>
          <SetupDialog threadId={threadId} isOpen={isOpen} onClose={() => setOpen(false)} />
        </LazyOverlay>
      )}
    </>
  );
}
