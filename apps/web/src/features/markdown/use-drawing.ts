import { useEffect, useState, type RefObject } from 'react';
import { asDrawAnswer, type DiagramTheme, type DrawRequest } from './diagram-messages.ts';

/** A frame that has said nothing for so long won't draw any more. */
const GIVE_UP_MS = 20_000;
/** Diagrams that come into view again take their place at once. */
const MAX_KEPT = 100;

export type Drawing = { state: 'drawing' | 'drawn' | 'failed'; size?: { width: number; height: number } };

const sizes = new Map<string, { width: number; height: number }>();

/** Has a diagram drawn in its frame, which is believed nothing but how large it is. */
export function useDrawing(frame: RefObject<HTMLIFrameElement | null>, source: string, theme: DiagramTheme): Drawing {
  const [drawing, setDrawing] = useState<Drawing>(() => ({ state: 'drawing', size: sizes.get(source) }));
  useEffect(() => {
    const draw = (): void => {
      const request: DrawRequest = { type: 'draw', source, theme };
      // The frame has no origin that could be named; what it is sent is the model's own text.
      frame.current?.contentWindow?.postMessage(request, '*');
    };
    const giveUp = setTimeout(() => setDrawing({ state: 'failed' }), GIVE_UP_MS);
    const onMessage = (event: MessageEvent<unknown>): void => {
      if (event.source === null || event.source !== frame.current?.contentWindow) return;
      const answer = asDrawAnswer(event.data);
      if (answer === undefined) return;
      if (answer.type === 'ready') return draw();
      clearTimeout(giveUp);
      if (answer.type === 'failed') return setDrawing({ state: 'failed' });
      const size = { width: answer.width, height: answer.height };
      keep(source, size);
      setDrawing({ state: 'drawn', size });
    };
    addEventListener('message', onMessage);
    // Another theme: the frame listens already.
    draw();
    return () => {
      clearTimeout(giveUp);
      removeEventListener('message', onMessage);
    };
  }, [frame, source, theme]);
  return drawing;
}

function keep(source: string, size: { width: number; height: number }): void {
  sizes.set(source, size);
  const [oldest] = sizes.keys();
  if (sizes.size > MAX_KEPT && oldest !== undefined) sizes.delete(oldest);
}
