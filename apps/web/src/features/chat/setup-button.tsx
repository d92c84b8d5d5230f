import { SlidersHorizontal } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import { useTexts } from '../../lib/use-texts.ts';

const SetupDialog = lazy(async () => ({ default: (await import('./setup-dialog.tsx')).SetupDialog }));

/** How the model is asked in this conversation, behind a button. */
export function SetupButton({ threadId }: { threadId: string }) {
  const texts = useTexts().models;
  const [isOpen, setOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  const open = (): void => {
    setWasOpen(true);
    setOpen(true);
  };
  return (
    <>
      <IconButton icon={SlidersHorizontal} label={texts.settings} aria-haspopup="dialog" onClick={open} />
      <Suspense>
        {wasOpen && <SetupDialog threadId={threadId} isOpen={isOpen} onClose={() => setOpen(false)} />}
      </Suspense>
    </>
  );
}
