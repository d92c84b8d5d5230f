export type SeenPage = Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;

/** A glance at another tab is no leave. */
const GRACE_MS = 5_000;

/**
 * Does something while the page is seen, and leaves it when the page has been hidden for a while; returns the way to end
 * it. So the relay knows that nobody looks, and sends a notice.
 */
export function whileSeen(begin: () => () => void, page: SeenPage = document, graceMs = GRACE_MS): () => void {
  let end: (() => void) | undefined = begin();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = (): void => {
    end?.();
    end = undefined;
  };
  const look = (): void => {
    clearTimeout(timer);
    if (page.hidden) timer = setTimeout(leave, graceMs);
    else end ??= begin();
  };
  page.addEventListener('visibilitychange', look);
  if (page.hidden) look();
  return () => {
    page.removeEventListener('visibilitychange', look);
    clearTimeout(timer);
    leave();
  };
}
