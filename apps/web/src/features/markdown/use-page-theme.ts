import { useSyncExternalStore } from 'react';
import type { DiagramTheme } from './diagram-messages.ts';

const DARK = '(prefers-color-scheme: dark)';

/** Which of its two themes the page shows: what was chosen, else the system's. */
export function usePageTheme(): DiagramTheme {
  return useSyncExternalStore(subscribe, read, () => 'light');
}

function read(): DiagramTheme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia(DARK).matches ? 'dark' : 'light';
}

function subscribe(listener: () => void): () => void {
  const system = matchMedia(DARK);
  system.addEventListener('change', listener);
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', listener);
    observer.disconnect();
  };
}
