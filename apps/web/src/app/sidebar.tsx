import { Archive, Download, Ellipsis, LogOut, MessagesSquare, SquarePen, Upload } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from '../components/link.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Menu } from '../components/menu.tsx';
import { ComputersPanel } from '../features/computer/computers-panel.tsx';
import { ConversationList } from '../features/conversations/conversation-list.tsx';
import { ImportDialog } from '../features/conversations/import-dialog.tsx';
import { SearchField } from '../features/conversations/search-field.tsx';
import { SearchResults } from '../features/conversations/search-results.tsx';
import { useServices } from '../lib/services.ts';
import { useStore } from '../lib/use-store.ts';
import { useNewChat } from './use-new-chat.ts';

/** New chat, earlier ones, and the computer at home; beside the conversation, or in the drawer. */
export function Sidebar({ onOpen }: { onOpen?: () => void }) {
  const { session, conversations, archive, actions, search } = useServices();
  const clearNew = useNewChat();
  const isSearching = useStore(search, ({ query }) => query.trim() !== '');
  const [isArchive, setArchive] = useState(false);
  const [isImporting, setImporting] = useState(false);
  useEffect(() => {
    if (isArchive) void archive.load();
  }, [isArchive, archive]);
  const items = [
    isArchive
      ? { icon: MessagesSquare, label: 'All conversations', onSelect: () => setArchive(false) }
      : { icon: Archive, label: 'Archived conversations', onSelect: () => setArchive(true) },
    { icon: Upload, label: 'Import', onSelect: () => setImporting(true) },
    { icon: Download, label: 'Export everything', onSelect: () => void actions.exportAll('json') },
  ];
  return (
    <div className="flex h-full flex-col ps-[env(safe-area-inset-left)] pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]">
      <div className="flex h-14 shrink-0 items-center ps-5 pe-2">
        <span className="flex-1 truncate font-strong">CloudToLocalLLM</span>
        <Menu icon={Ellipsis} label="More" items={items} />
        <IconButton icon={LogOut} label="Sign out" onClick={() => void session.signOut()} />
      </div>
      <div className="flex flex-col gap-0.5 px-2 pt-1 pb-4">
        <Link
          to="/"
          onOpen={() => {
            clearNew();
            onOpen?.();
          }}
          className="flex min-h-11 items-center gap-3 rounded-row px-3 font-strong transition-colors duration-150 hover:bg-hover"
        >
          <SquarePen aria-hidden className="size-4.5 text-ink-soft" strokeWidth={1.75} />
          New chat
        </Link>
        <SearchField />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2">
        {isSearching ? (
          <SearchResults onOpen={onOpen} />
        ) : isArchive ? (
          <ConversationList
            conversations={archive}
            label="Archived conversations"
            empty="Nothing is archived."
            onOpen={onOpen}
          />
        ) : (
          <ConversationList
            conversations={conversations}
            label="Conversations"
            empty="Your conversations will be listed here."
            onOpen={onOpen}
          />
        )}
      </div>
      <div className="max-h-[40%] shrink-0 overflow-y-auto border-t border-line px-5 py-4">
        <ComputersPanel />
      </div>
      <ImportDialog isOpen={isImporting} onClose={() => setImporting(false)} />
    </div>
  );
}
