import { useEffect, useState, useSyncExternalStore } from 'react';
import { spokenText } from '../../lib/spoken-text.ts';

export type Speech = { isSpeaking: boolean; toggle: () => void };

/** Reading a text aloud, where the browser has a voice for it; undefined where it has none. */
export function useSpeech(text: string): Speech | undefined {
  const hasVoice = useSyncExternalStore(subscribeVoices, hasVoices);
  const [isSpeaking, setSpeaking] = useState(false);
  useEffect(() => {
    if (!isSpeaking) return undefined;
    // Another answer that was being read falls silent, and its row hears of it by its utterances' end.
    speechSynthesis.cancel();
    const pieces = spokenText(text).map((piece) => new SpeechSynthesisUtterance(piece));
    const stop = (): void => setSpeaking(false);
    for (const piece of pieces) piece.addEventListener('error', stop);
    pieces.at(-1)?.addEventListener('end', stop);
    for (const piece of pieces) speechSynthesis.speak(piece);
    if (pieces.length === 0) stop();
    return () => {
      for (const piece of pieces) piece.removeEventListener('error', stop);
      speechSynthesis.cancel();
    };
  }, [isSpeaking, text]);
  return hasVoice ? { isSpeaking, toggle: () => setSpeaking(!isSpeaking) } : undefined;
}

function hasVoices(): boolean {
  return 'speechSynthesis' in globalThis && speechSynthesis.getVoices().length > 0;
}

/** Voices come late in some browsers. */
function subscribeVoices(listener: () => void): () => void {
  if (!('speechSynthesis' in globalThis)) return () => {};
  speechSynthesis.addEventListener?.('voiceschanged', listener);
  return () => speechSynthesis.removeEventListener?.('voiceschanged', listener);
}
