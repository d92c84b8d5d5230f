import type { ReactNode } from 'react';
import { useServices } from '../lib/services.ts';
import { LazyPart } from './lazy-part.tsx';

export type LazyOverlayProps = {
  instead?: ReactNode;
  /** Takes it away, so that the next press tries again. */
  onFailed: () => void;
  children: ReactNode;
};

/** What opens over the page at a press; that it can't be fetched is said in a toast. */
export function LazyOverlay({ instead, onFailed, children }: LazyOverlayProps) {
  const { toasts, texts } = useServices();
  const fail = (): void => {
    toasts.show({ text: texts.get().common.notLoaded });
    onFailed();
  };
  return (
    <LazyPart instead={instead} onFailed={fail}>
      {children}
    </LazyPart>
  );
}
