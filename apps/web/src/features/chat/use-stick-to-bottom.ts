import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import { watchScrollingHand } from './scrolling-hand.ts';

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
    const measure = () => {
      const { scrollTop: top, scrollHeight: height, clientHeight } = box;
      return { top, height, left: height - clientHeight - top };
    };
    let last = measure();
    const letGo = (): void => {
      if (box.scrollHeight > box.clientHeight) stick(false);
    };
    const hand = watchScrollingHand(box, letGo);
    /** Rows that turn out smaller than they were thought to be move the top upwards, too, about as far as they shrink. */
    const isLayout = (up: number, resized: number): boolean =>
      !hand.isThere() && resized > MOVED_PX && up < resized + NEAR_PX;
    const onMove = (): void => {
      const { top, height, left } = measure();
      if (top < last.top - MOVED_PX) {
        if (sticks.current && isLayout(last.top - top, Math.abs(height - last.height))) return keepAtEnd();
        if (left > last.left) stick(false);
        else if (left <= 1) stick(true);
      } else if (top > last.top && left < NEAR_PX) stick(true);
      last = { top, height, left };
    };
    const keepAtEnd = (): void => {
      box.scrollTop = box.scrollHeight;
      last = measure();
    };
    const observer = new ResizeObserver(() => {
      if (sticks.current) keepAtEnd();
      else onMove();
    });
    observer.observe(inner);
    observer.observe(box);
    box.addEventListener('scroll', onMove, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', onMove);
      hand.stop();
    };
  }, [stick]);

  return { scroller, content, isAtEnd, toEnd };
}
