import { Menu as BaseMenu } from '@base-ui/react/menu';
import { IconButton } from './icon-button.tsx';
import type { MenuProps } from './menu.tsx';

/** A menu with its button; open from the beginning, since it came when somebody pressed the button. */
export function MenuPopup({ items, ...button }: MenuProps) {
  return (
    <BaseMenu.Root modal={false} defaultOpen>
      <BaseMenu.Trigger render={<IconButton {...button} />} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner sideOffset={4} align="end" className="z-30 outline-none">
          <BaseMenu.Popup
            aria-label={button.label}
            className="w-56 rounded-card border border-line bg-surface p-1 text-ui text-ink shadow-float outline-none"
          >
            {items.map(({ icon: Icon, label, onSelect, isDangerous = false, startsGroup = false }) => (
              <BaseMenu.Item
                key={label}
                onClick={onSelect}
                className={`flex min-h-11 w-full cursor-pointer items-center gap-3 rounded-row px-3 text-start outline-none select-none data-highlighted:bg-hover lg:min-h-9 ${isDangerous ? 'text-bad' : ''} ${startsGroup ? 'mt-1 border-t border-line' : ''}`}
              >
                <Icon aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
                {label}
              </BaseMenu.Item>
            ))}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}
