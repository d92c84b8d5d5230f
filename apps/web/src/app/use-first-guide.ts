import { useEffect, useRef } from 'react';
import { GUIDE_PATH } from '../lib/router.ts';
import { useServices } from '../lib/services.ts';
import { useStore } from '../lib/use-store.ts';

/** Shows the guide to whoever comes without a computer and has not seen it through; looks once, when both are known. */
export function useFirstGuide(): void {
  const { computers, settings, router } = useServices();
  const isKnown = useStore(computers, ({ phase }) => phase === 'ready');
  const isLoaded = useStore(settings.isLoaded);
  const hasLooked = useRef(false);
  useEffect(() => {
    if (hasLooked.current || !isKnown || !isLoaded) return;
    hasLooked.current = true;
    const isFirst = computers.get().list.length === 0 && !settings.get().guideDone;
    if (isFirst && router.route.get().name === 'new') router.navigate(GUIDE_PATH, { replace: true });
  }, [isKnown, isLoaded, computers, settings, router]);
}
