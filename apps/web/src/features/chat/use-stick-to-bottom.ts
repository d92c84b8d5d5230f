import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** Nearer to the end than this counts as being there. */
const NEAR_PX = 48;

export type StickToBottom = {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** False once the person has scrolled up, until they come back. */
  isAtEnd: boolean;
  toEnd: () => void;
};

/** Keeps the newest line in view while the person is at it, and lets go as soon as they scroll up. */
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
    let lastTop = box.scrollTop;
    const onScroll = (): void => {
      const isNear = box.scrollHeight - box.clientHeight - box.scrollTop < NEAR_PX;
      // Growing text never moves the top upwards: only a person does.
      if (box.scrollTop < lastTop - 1 && !isNear) stick(false);
      else if (isNear) stick(true);
      lastTop = box.scrollTop;
    };
    const onWheel = (event: WheelEvent): void => {
      if (event.deltaY < 0 && box.scrollHeight > box.clientHeight) stick(false);
    };
    const observer = new ResizeObserver(() => {
      if (sticks.current) box.scrollTop = box.scrollHeight;
      else onScroll();
    });
    observer.observe(inner);
    observer.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    box.addEventListener('wheel', onWheel, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', onScroll);
      box.removeEventListener('wheel', onWheel);
    };
  }, [stick]);

  return { scroller, content, isAtEnd, toEnd };
}
