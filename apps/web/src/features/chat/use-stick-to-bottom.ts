import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** Who comes down nearer to the end than this is back there. */
const NEAR_PX = 48;
/** Less than this is rounding. */
const MOVED_PX = 0.5;

export type StickToBottom = {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** False once the person has scrolled up, until they come back. */
  isAtEnd: boolean;
  toEnd: () => void;
};

/**
 * Keeps the newest line in view while the person is at it; lets go as soon as they scroll up, however little, and holds
 * on again when they come back down.
 */
export function useStickToBottom(): StickToBottom {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);

  const stick = useCallback((next: boolean) => {
    sticks.current = next;
    setAtEnd(next);
  }, []);
  const toEnd = useCallback(() => {
    stick(true);
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  }, [stick]);

  useEffect(() => {
    const box = scroller.current;
    const inner = content.current;
    if (!box || !inner) return undefined;
    const measure = () => ({ top: box.scrollTop, left: box.scrollHeight - box.clientHeight - box.scrollTop });
    let last = measure();
    const onMove = (): void => {
      const { top, left } = measure();
      if (top < last.top - MOVED_PX) {
        // Growing text never moves the top upwards: only a person does. Rows that shrink may, and nothing is left below.
        if (left > last.left) stick(false);
        else if (left <= 1) stick(true);
      } else if (top > last.top && left < NEAR_PX) stick(true);
      last = { top, left };
    };
    const onWheel = (event: WheelEvent): void => {
      if (event.deltaY < 0 && box.scrollHeight > box.clientHeight) stick(false);
    };
    const observer = new ResizeObserver(() => {
      if (!sticks.current) return onMove();
      box.scrollTop = box.scrollHeight;
      last = measure();
    });
    observer.observe(inner);
    observer.observe(box);
    box.addEventListener('scroll', onMove, { passive: true });
    box.addEventListener('wheel', onWheel, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', onMove);
      box.removeEventListener('wheel', onWheel);
    };
  }, [stick]);

  return { scroller, content, isAtEnd, toEnd };
}
