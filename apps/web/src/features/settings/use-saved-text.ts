import { useEffect, useEffectEvent, useState } from 'react';
import type { Failure } from '../../lib/failure.ts';

/** So long after the last key a text is saved by itself. */
const PAUSE_MS = 800;

export type SavedText = {
  text: string;
  /** Why the text as it stands was not saved. */
  failure: Failure | undefined;
  write: (text: string) => void;
  save: () => void;
};

/**
 * A text that is saved when the person pauses or leaves the field, and that follows what another device writes while
 * nothing is being written here. One that was not taken stays, and is not sent again by itself.
 */
export function useSavedText(saved: string, onSave: (text: string) => Promise<Failure | undefined>): SavedText {
  const [text, setText] = useState(saved);
  const [seen, setSeen] = useState(saved);
  const [running, setRunning] = useState(0);
  const [refused, setRefused] = useState<{ text: string; failure: Failure }>();
  /** A text that was taken, whatever it is stored as: "0,5" is stored as 0.5. */
  const [taken, setTaken] = useState<string>();
  const isSaved = text === saved || text === taken;
  if (saved !== seen) {
    setSeen(saved);
    // What is on its way holds at once and is taken back when it is refused: neither is another device's doing.
    if (running === 0) {
      if (text === seen || text === taken) setText(saved);
      setTaken(undefined);
    }
  }
  const failure = refused?.text === text && !isSaved ? refused.failure : undefined;
  const isRefused = failure !== undefined;
  const save = async (): Promise<void> => {
    if (isSaved) return;
    setRunning((count) => count + 1);
    const problem = await onSave(text);
    setRefused(problem && { text, failure: problem });
    if (problem === undefined) setTaken(text);
    setRunning((count) => count - 1);
  };
  const saveNow = useEffectEvent(() => void save());
  useEffect(() => {
    if (isSaved || isRefused || running > 0) return undefined;
    const timer = setTimeout(() => saveNow(), PAUSE_MS);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- every key begins the pause anew
  }, [text, isSaved, isRefused, running]);
  // What was written last is saved too when the page goes.
  useEffect(() => {
    const leave = (): void => saveNow();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, []);
  return { text, failure, write: setText, save: () => void save() };
}
