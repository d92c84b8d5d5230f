import { useEffect } from 'react';

/**
 * Tells the styles how much of the page a phone's keyboard covers, as `--keyboard`. Browsers that shrink the page
 * themselves, as `interactive-widget` asks them to, leave nothing covered; Safari does not.
 */
export function useKeyboardInset(): void {
  useEffect(() => {
    const view = window.visualViewport;
    if (!view) return undefined;
    const { style } = document.documentElement;
    const measure = (): void => {
      // Whoever zooms in sees a part of the page too, without a keyboard.
      const covered = view.scale === 1 ? Math.max(0, Math.round(window.innerHeight - view.height)) : 0;
      if (covered === 0) style.removeProperty('--keyboard');
      else style.setProperty('--keyboard', `${covered}px`);
      // Safari pushes the page up to show the field; there it is in sight already.
      if (covered > 0 && view.offsetTop > 0) window.scrollTo(0, 0);
    };
    view.addEventListener('resize', measure);
    view.addEventListener('scroll', measure);
    return () => {
      view.removeEventListener('resize', measure);
      view.removeEventListener('scroll', measure);
      style.removeProperty('--keyboard');
    };
  }, []);
}
