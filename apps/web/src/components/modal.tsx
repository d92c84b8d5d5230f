import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

const SHEET =
  'max-h-full w-full overflow-y-auto rounded-t-large bg-surface p-6 pb-[max(1.5rem,env(safe-area-inset-bottom))] ' +
  'data-closed-motion:translate-y-4 sm:rounded-large';

const PLACES = {
  drawer: {
    viewport: 'justify-start',
    popup: 'h-full w-[min(20rem,calc(100vw-3rem))] bg-sunken data-closed-motion:-translate-x-4',
  },
  sheet: { viewport: 'items-end justify-center sm:items-center sm:p-6', popup: `${SHEET} sm:max-w-md` },
  /** For what has long lines or two columns. */
  wide: { viewport: 'items-end justify-center sm:items-center sm:p-6', popup: `${SHEET} sm:max-w-176` },
  /** At the top, where the eyes are: for what is typed and chosen at once. */
  palette: {
    viewport: 'items-start justify-center p-4 pt-[max(1rem,10dvh)]',
    popup: 'w-full max-w-xl overflow-hidden rounded-card bg-surface data-closed-motion:-translate-y-4',
  },
} as const;

export type ModalProps = {
  isOpen: boolean;
  onClose: () => void;
  label: string;
  place: keyof typeof PLACES;
  children: ReactNode;
};

/** A modal dialog: the focus stays inside, Escape and a press outside close it, the focus goes back to where it was. */
export function Modal({ isOpen, onClose, label, place, children }: ModalProps) {
  const { viewport, popup } = PLACES[place];
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="fixed inset-0 z-20 bg-backdrop transition-opacity duration-200 data-closed-motion:opacity-0" />
        <BaseDialog.Viewport className={`fixed inset-0 z-20 flex ${viewport}`}>
          <BaseDialog.Popup
            // The drawer is as much a part of the page as the sidebar.
            data-modal={place === 'drawer' ? undefined : ''}
            aria-label={label}
            className={`text-ink shadow-float outline-none transition-[opacity,translate] duration-200 ease-quiet data-closed-motion:opacity-0 ${popup}`}
          >
            {children}
          </BaseDialog.Popup>
        </BaseDialog.Viewport>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
