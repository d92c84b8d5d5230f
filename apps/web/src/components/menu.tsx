import type { LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { IconButton, type IconButtonProps } from './icon-button.tsx';
import { lazily } from './lazily.tsx';
import { LazyOverlay } from './lazy-overlay.tsx';

export type MenuItem = {
  icon: LucideIcon;
  label: string;
  onSelect: () => void;
  isDangerous?: boolean;
  /** A line above it: what comes is of another kind. */
  startsGroup?: boolean;
};

export type MenuProps = Pick<IconButtonProps, 'icon' | 'label' | 'size' | 'className'> & { items: readonly MenuItem[] };

const MenuPopup = lazily(async () => (await import('./menu-popup.tsx')).MenuPopup);

/** A button with a list of actions; the list's code comes with the first press. */
export function Menu(props: MenuProps) {
  const { items: _, ...button } = props;
  const [isWanted, setWanted] = useState(false);
  const alone = <IconButton {...button} aria-haspopup="menu" onClick={() => setWanted(true)} />;
  if (!isWanted) return alone;
  return (
    <LazyOverlay instead={alone} onFailed={() => setWanted(false)}>
      <MenuPopup {...props} />
    </LazyOverlay>
  );
}
