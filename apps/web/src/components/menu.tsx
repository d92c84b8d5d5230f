import type { LucideIcon } from 'lucide-react';
import { useRef, type KeyboardEvent } from 'react';
import { IconButton, type IconButtonProps } from './icon-button.tsx';

export type MenuItem = { icon: LucideIcon; label: string; onSelect: () => void; isDangerous?: boolean };

export type MenuProps = Pick<IconButtonProps, 'icon' | 'label' | 'size' | 'className'> & { items: readonly MenuItem[] };

/** Between the menu and the edges of the window. */
const GAP_PX = 8;

/** A button with a list of actions: the browser's own popover, which Escape and a press elsewhere close. */
export function Menu({ items, ...button }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  const entries = (): HTMLElement[] => Array.from(list.current?.querySelectorAll('button') ?? []);

  const open = (opener: HTMLElement): void => {
    const box = list.current;
    if (!box) return;
    box.showPopover({ source: opener });
    const { left, right, top, bottom } = opener.getBoundingClientRect();
    const isBelow = bottom + box.offsetHeight + GAP_PX < window.innerHeight;
    const isEnd = left + box.offsetWidth + GAP_PX > window.innerWidth;
    box.style.top = `${isBelow ? bottom + GAP_PX / 2 : Math.max(GAP_PX, top - box.offsetHeight - GAP_PX / 2)}px`;
    box.style.left = `${isEnd ? Math.max(GAP_PX, right - box.offsetWidth) : left}px`;
    entries()[0]?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = entries();
    const at = all.findIndex((entry) => entry === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[to % all.length]?.focus();
  };

  return (
    <>
      <IconButton {...button} aria-haspopup="menu" onClick={(event) => open(event.currentTarget)} />
      {/* oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- its entries have the focus */}
      <div
        ref={list}
        role="menu"
        popover="auto"
        aria-label={button.label}
        onKeyDown={onKeyDown}
        className="fixed m-0 w-56 rounded-card border border-line bg-surface p-1 text-ui text-ink shadow-float"
      >
        {items.map(({ icon: Icon, label, onSelect, isDangerous = false }) => (
          <button
            key={label}
            type="button"
            role="menuitem"
            onClick={() => {
              list.current?.hidePopover();
              onSelect();
            }}
            className={`flex min-h-11 w-full items-center gap-3 rounded-row px-3 text-start transition-colors duration-150 hover:bg-hover focus-visible:bg-hover lg:min-h-9 ${isDangerous ? 'text-bad' : ''}`}
          >
            <Icon aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
            {label}
          </button>
        ))}
      </div>
    </>
  );
}
