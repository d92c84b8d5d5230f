import { Menu } from 'lucide-react';
import { useServices } from '../lib/services.ts';
import { useIsWide } from '../lib/use-media.ts';
import { useTexts } from '../lib/use-texts.ts';
import { IconButton } from './icon-button.tsx';

/** Opens the drawer with the sidebar, where there is no room for it beside the page. */
export function MenuButton() {
  const { drawer } = useServices();
  const texts = useTexts();
  const isWide = useIsWide();
  return isWide ? null : <IconButton icon={Menu} label={texts.shell.openMenu} onClick={() => drawer.set(true)} />;
}
