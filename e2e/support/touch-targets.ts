import type { Page } from 'playwright-core';

/** What WCAG 2.2 AA asks for, and what we ask for where an icon is all that can be hit. */
const SMALLEST_PX = 24;
const ICON_PX = 44;

/** The buttons and links in sight that a finger would miss, each with its size; links within a sentence may be as small as it. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(
    ([smallest, icon]) => {
      const all = document.querySelectorAll<HTMLElement>(
        'main :is(button, a[href], summary), [role=dialog] :is(button, a[href]), aside :is(button, a[href])',
      );
      const targets = [...all].filter((target) => {
        const isInText = target.localName === 'a' && getComputedStyle(target).display === 'inline';
        // What is a pixel large is there for screen readers.
        return target.checkVisibility({ visibilityProperty: true }) && target.clientWidth > 1 && !isInText;
      });
      if (targets.length === 0) throw new Error('there is nothing to press');
      return targets.flatMap((target) => {
        const { width, height } = target.getBoundingClientRect();
        // `touch-target` makes the area larger than what is seen.
        const around = getComputedStyle(target, '::after');
        const isLarger = around.content !== 'none' && around.position === 'absolute';
        const size = [width, height].map((side, index) =>
          Math.max(side, isLarger ? Number.parseFloat(index === 0 ? around.width : around.height) : 0),
        );
        const isIcon =
          target.localName === 'button' && target.textContent.trim() === '' && target.hasAttribute('aria-label');
        // Half a pixel is lost where text sizes are no whole ones.
        if (Math.min(...size) >= (isIcon ? icon : smallest) - 0.5) return [];
        return [`${target.getAttribute('aria-label') ?? target.textContent}: ${size.map(Math.round).join(' x ')} px`];
      });
    },
    [SMALLEST_PX, ICON_PX] as const,
  );
}
