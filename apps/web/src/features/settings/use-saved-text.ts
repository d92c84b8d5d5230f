import { useEffect, useEffectEvent, useState } from 'react';

/** So long after the last key a text is saved by itself. */
const PAUSE_MS = 800;

export type SavedText = { text: string; write: (text: string) => void; save: () => void };

/**
 * A text that is saved when the person pauses or leaves the field, and that follows what another device writes while
 * nothing is being written here.
 */
export function useSavedText(saved: string, onSave: (text: string) => void): SavedText {
  const [text, setText] = useState(saved);
  const [seen, setSeen] = useState(saved);
  if (saved !== seen) {
    setSeen(saved);
    if (text === seen) setText(saved);
  }
  const save = useEffectEvent(() => {
    if (text !== saved) onSave(text);
  });
  useEffect(() => {
    if (text === saved) return undefined;
    const timer = setTimeout(() => save(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, saved]);
  // What was written last is saved too when the page goes.
  useEffect(() => {
    const leave = (): void => save();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, []);
  return {
    text,
    write: setText,
    save: () => {
      if (text !== saved) onSave(text);
    },
  };
}
