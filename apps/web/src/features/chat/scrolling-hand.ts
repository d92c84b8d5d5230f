const KEYS_UPWARDS: ReadonlySet<string> = new Set(['ArrowUp', 'PageUp', 'Home']);

export type ScrollingHand = {
  /** A finger is on the box, or the mouse holds its scroll bar or selects in it. */
  isThere: () => boolean;
  stop: () => void;
};

/** Notices when it is a person that scrolls a box; `up` is called for wheels and keys that scroll it upwards. */
export function watchScrollingHand(box: HTMLElement, up: () => void): ScrollingHand {
  const ended = new AbortController();
  const options = { passive: true, signal: ended.signal };
  let isHeld = false;
  const hold = (next: boolean) => (): void => {
    isHeld = next;
  };
  const onKey = ({ key, target }: KeyboardEvent): void => {
    if (!KEYS_UPWARDS.has(key) || !(target instanceof HTMLElement) || target.matches('input, textarea')) return;
    if (target === document.body || box.contains(target)) up();
  };
  box.addEventListener('wheel', ({ deltaY }) => deltaY < 0 && up(), options);
  // Of a finger the browser says "pointercancel" as soon as it scrolls.
  box.addEventListener('touchstart', hold(true), options);
  box.addEventListener('mousedown', hold(true), options);
  for (const end of ['touchend', 'touchcancel', 'mouseup', 'blur']) window.addEventListener(end, hold(false), options);
  window.addEventListener('keydown', onKey, options);
  return { isThere: () => isHeld, stop: () => ended.abort() };
}
