import {
  Archive,
  Download,
  House,
  Keyboard,
  KeyRound,
  LogOut,
  MessageSquare,
  Monitor,
  Moon,
  Settings,
  SquarePen,
  Sun,
  type LucideIcon,
} from 'lucide-react';
import { useMemo } from 'react';
import { conversationPath } from '../lib/router.ts';
import { useServices } from '../lib/services.ts';
import type { Command } from '../lib/shortcuts.ts';
import { useMedia } from '../lib/use-media.ts';
import { useStore } from '../lib/use-store.ts';
import { useTexts } from '../lib/use-texts.ts';
import { useNewChat } from './use-new-chat.ts';

/** One line of the command palette. */
export type PaletteEntry = {
  id: string;
  icon: LucideIcon;
  label: string;
  /** What kind of thing it is, where the label does not say. */
  hint?: string;
  /** The keys that do the same. */
  command?: Command;
  run: () => void;
};

/** What the command palette offers: what can be done, then the conversations that are loaded. */
export function useCommands(onHelp: () => void): PaletteEntry[] {
  const { settings, router, session, actions, conversations, archive } = useServices();
  const { shell } = useTexts();
  const newChat = useNewChat();
  const theme = useStore(settings, (value) => value.theme);
  const isSystemDark = useMedia('(prefers-color-scheme: dark)');
  const isDark = theme === 'dark' || (theme === 'system' && isSystemDark);
  const list = useStore(conversations, (value) => value.list);
  const archived = useStore(archive, (value) => value.list);
  return useMemo(() => {
    const to = (path: string) => () => router.navigate(path);
    const commands: PaletteEntry[] = [
      { id: 'new', icon: SquarePen, label: shell.newChat, command: 'newChat', run: newChat },
      { id: 'computers', icon: Monitor, label: shell.commands.computers, command: 'computers', run: to('/computers') },
      { id: 'access', icon: KeyRound, label: shell.access, run: to('/access') },
      { id: 'settings', icon: Settings, label: shell.settings, command: 'settings', run: to('/settings') },
      { id: 'guide', icon: House, label: shell.guide, run: to('/welcome') },
      { id: 'export', icon: Download, label: shell.exportAll, run: () => void actions.exportAll('json') },
      {
        id: 'theme',
        icon: isDark ? Sun : Moon,
        label: isDark ? shell.themeLight : shell.themeDark,
        run: () => void settings.change({ theme: isDark ? 'light' : 'dark' }),
      },
      { id: 'help', icon: Keyboard, label: shell.shortcuts, command: 'help', run: onHelp },
      { id: 'sign-out', icon: LogOut, label: shell.signOut, run: () => void session.signOut() },
    ];
    const chats = [...list, ...archived].map(({ id, title, archived: isArchived }) => ({
      id,
      icon: isArchived ? Archive : MessageSquare,
      label: title,
      hint: shell.conversation,
      run: to(conversationPath(id)),
    }));
    return [...commands, ...chats];
  }, [router, session, actions, settings, shell, newChat, onHelp, isDark, list, archived]);
}
