import { Menu, SquarePen } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Dialog } from '../components/dialog.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Toaster } from '../components/toaster.tsx';
import { ChatPage } from '../features/chat/chat-page.tsx';
import { ComputerChip } from '../features/computer/computer-chip.tsx';
import { ComputerNotice } from '../features/computer/computer-notice.tsx';
import { useServices } from '../lib/services.ts';
import { useMedia } from '../lib/use-media.ts';
import { useStore } from '../lib/use-store.ts';
import { Sidebar } from './sidebar.tsx';
import { useNewChat } from './use-new-chat.ts';

/** The page of a signed-in person: features side by side, none of which knows the others. */
export function Home() {
  const { router, computers, conversations, live } = useServices();
  const clearNew = useNewChat();
  const route = useStore(router.route);
  const isWide = useMedia('(width >= 64rem)');
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const { conversationId, messageId } = route.name === 'conversation' ? route : {};

  useEffect(() => computers.watch(), [computers]);
  useEffect(() => live.watch(), [live]);
  useEffect(() => void conversations.load(), [conversations]);
  useEffect(() => {
    if (route.name === 'unknown' || route.name === 'callback') router.navigate('/', { replace: true });
  }, [route, router]);

  const startNew = (): void => {
    clearNew();
    router.navigate('/');
  };
  const closeDrawer = (): void => setDrawerOpen(false);

  return (
    <div className="flex h-dvh overflow-hidden">
      <a
        href="#composer"
        className="fixed inset-s-2 top-2 z-10 rounded-row bg-ink px-4 py-3 text-canvas not-focus-visible:sr-only"
      >
        Skip to the message field
      </a>
      {isWide ? (
        <aside aria-label="Sidebar" className="w-68 shrink-0 border-e border-line bg-sunken">
          <Sidebar />
        </aside>
      ) : (
        <Dialog isOpen={isDrawerOpen} onClose={closeDrawer} label="Conversations and computers" place="drawer">
          <Sidebar onOpen={closeDrawer} />
          {/* What is outside a modal dialog can't be pressed. */}
          <Toaster />
        </Dialog>
      )}
      <ChatPage
        conversationId={conversationId}
        messageId={messageId}
        notice={<ComputerNotice />}
        headerStart={!isWide && <IconButton icon={Menu} label="Open the menu" onClick={() => setDrawerOpen(true)} />}
        headerEnd={
          !isWide && (
            <>
              <ComputerChip />
              <IconButton icon={SquarePen} label="New chat" onClick={startNew} />
            </>
          )
        }
      />
      {(isWide || !isDrawerOpen) && <Toaster />}
    </div>
  );
}
