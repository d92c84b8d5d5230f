import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useServices } from '../lib/services.ts';
import type { Toast } from '../lib/toasts.ts';
import { useStore } from '../lib/use-store.ts';
import { useTexts } from '../lib/use-texts.ts';
import { IconButton } from './icon-button.tsx';

/** What was just done, at the bottom of the page, and the way to undo it while there is one. */
export function Toaster() {
  const { toasts } = useServices();
  const list = useStore(toasts);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-[calc(7.5rem+env(safe-area-inset-bottom))] z-20 flex flex-col items-center gap-2 px-4"
    >
      {list.map((toast) => (
        <ToastRow key={toast.id} toast={toast} onClose={() => toasts.dismiss(toast.id)} />
      ))}
    </div>
  );
}

function ToastRow({ toast, onClose }: { toast: Toast; onClose: () => void }) {
  const { close } = useTexts().common;
  const { text, action, until } = toast;
  return (
    <div className="pointer-events-auto flex w-full max-w-md items-center gap-2 rounded-card bg-ink py-1 ps-4 pe-1 text-canvas shadow-float">
      <p className="min-w-0 flex-1 truncate">{text}</p>
      {action && (
        <button
          type="button"
          onClick={() => {
            onClose();
            action.run();
          }}
          className="inline-flex min-h-11 shrink-0 items-center gap-2 rounded-row px-3 font-strong transition-colors duration-150 hover:bg-ink-hover"
        >
          {action.label}
          {Number.isFinite(until) && <Countdown until={until} />}
        </button>
      )}
      <IconButton icon={X} label={close} onClick={onClose} className="text-canvas! hover:bg-ink-hover!" />
    </div>
  );
}

const SECOND_MS = 1_000;

/** The seconds that are left; screen readers are not told each of them. */
function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS / 4);
    return () => clearInterval(timer);
  }, []);
  return (
    <span aria-hidden className="min-w-6 text-end font-regular tabular-nums opacity-75">
      {Math.max(0, Math.ceil((until - now) / SECOND_MS))}
    </span>
  );
}
