import { LogOut, SquarePen } from 'lucide-react';
import { Link } from '../components/link.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { ComputersPanel } from '../features/computer/computers-panel.tsx';
import { ConversationList } from '../features/conversations/conversation-list.tsx';
import { useServices } from '../lib/services.ts';
import { useNewChat } from './use-new-chat.ts';

/** New chat, earlier ones, and the computer at home; beside the conversation, or in the drawer. */
export function Sidebar({ onOpen }: { onOpen?: () => void }) {
  const { session } = useServices();
  const clearNew = useNewChat();
  return (
    <div className="flex h-full flex-col ps-[env(safe-area-inset-left)] pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]">
      <div className="flex h-14 shrink-0 items-center ps-5 pe-2">
        <span className="flex-1 truncate font-strong">CloudToLocalLLM</span>
        <IconButton icon={LogOut} label="Sign out" onClick={() => void session.signOut()} />
      </div>
      <div className="px-2 pt-1 pb-4">
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
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2">
        <ConversationList onOpen={onOpen} />
      </div>
      <div className="max-h-[40%] shrink-0 overflow-y-auto border-t border-line px-5 py-4">
        <ComputersPanel />
      </div>
    </div>
  );
}
