import {
  Archive,
  Download,
  Ellipsis,
  KeyRound,
  LogOut,
  MessagesSquare,
  Monitor,
  Settings,
  SquarePen,
  Upload,
} from 'lucide-react';
import { useEffect, useState } from 'react';
import { NavLink } from 'react-router';
import { Menu } from '../components/menu.tsx';
import { ComputersPanel } from '../features/computer/computers-panel.tsx';
import { ConversationList } from '../features/conversations/conversation-list.tsx';
import { ImportDialog } from '../features/conversations/import-dialog.tsx';
import { SearchField } from '../features/conversations/search-field.tsx';
import { SearchResults } from '../features/conversations/search-results.tsx';
import { useServices } from '../lib/services.ts';
import { useStore } from '../lib/use-store.ts';
import { useTexts } from '../lib/use-texts.ts';
import { Link } from '../components/link.tsx';
import { useNewChat } from './use-new-chat.ts';

/** New chat, earlier ones, and the computer at home; beside the page, or in the drawer. */
export function Sidebar({ onOpen }: { onOpen?: () => void }) {
  const { session, conversations, archive, actions, search } = useServices();
  const { shell } = useTexts();
  const startNew = useNewChat();
  const isSearching = useStore(search, ({ query }) => query.trim() !== '');
  const [isArchive, setArchive] = useState(false);
  const [isImporting, setImporting] = useState(false);
  useEffect(() => {
    if (isArchive) void archive.load();
  }, [isArchive, archive]);
  const items = [
    isArchive
      ? { icon: MessagesSquare, label: shell.allConversations, onSelect: () => setArchive(false) }
      : { icon: Archive, label: shell.archived, onSelect: () => setArchive(true) },
    { icon: Upload, label: shell.import, onSelect: () => setImporting(true) },
    { icon: Download, label: shell.exportAll, onSelect: () => void actions.exportAll('json') },
    { icon: LogOut, label: shell.signOut, onSelect: () => void session.signOut(), startsGroup: true },
  ];
  const pages = [
    { to: '/computers', icon: Monitor, label: shell.computers },
    { to: '/access', icon: KeyRound, label: shell.access },
    { to: '/settings', icon: Settings, label: shell.settings },
  ];
  return (
    <div className="flex h-full flex-col ps-[env(safe-area-inset-left)] pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]">
      <div className="flex h-14 shrink-0 items-center ps-5 pe-2">
        <span className="flex-1 truncate font-strong">CloudToLocalLLM</span>
        <Menu icon={Ellipsis} label={shell.more} items={items} />
      </div>
      <div className="flex flex-col gap-0.5 px-2 pt-1 pb-4">
        <Link
          to="/"
          onOpen={() => {
            startNew();
            onOpen?.();
          }}
          className="flex min-h-11 items-center gap-3 rounded-row px-3 font-strong transition-colors duration-150 hover:bg-hover"
        >
          <SquarePen aria-hidden className="size-4.5 text-ink-soft" strokeWidth={1.75} />
          {shell.newChat}
        </Link>
        <SearchField />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2">
        {isSearching ? (
          <SearchResults onOpen={onOpen} />
        ) : (
          <ConversationList
            key={String(isArchive)}
            conversations={isArchive ? archive : conversations}
            isArchive={isArchive}
            onOpen={onOpen}
          />
        )}
      </div>
      <div className="flex max-h-[45%] shrink-0 flex-col border-t border-line">
        <div className="min-h-0 overflow-y-auto px-5 py-4">
          <ComputersPanel onOpen={onOpen} />
        </div>
        <nav aria-label={shell.pages} className="flex shrink-0 justify-between gap-0.5 px-2 pb-2">
          {pages.map(({ to, icon: Icon, label }) => (
            <NavLink
              key={to}
              to={to}
              onClick={onOpen}
              className="flex min-h-11 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 rounded-row px-1 text-caption text-ink-soft transition-colors duration-150 hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink"
            >
              <Icon aria-hidden className="size-4.5" strokeWidth={1.75} />
              <span className="max-w-full truncate">{label}</span>
            </NavLink>
          ))}
        </nav>
      </div>
      <ImportDialog isOpen={isImporting} onClose={() => setImporting(false)} />
    </div>
  );
}
