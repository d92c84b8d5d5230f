import { SquarePen } from 'lucide-react';
import { IconButton } from '../components/icon-button.tsx';
import { MenuButton } from '../components/menu-button.tsx';
import { ChatPage } from '../features/chat/chat-page.tsx';
import { ComputerChip } from '../features/computer/computer-chip.tsx';
import { ComputerNotice } from '../features/computer/computer-notice.tsx';
import { useServices } from '../lib/services.ts';
import { useIsWide } from '../lib/use-media.ts';
import { useStore } from '../lib/use-store.ts';
import { useTexts } from '../lib/use-texts.ts';
import { useNewChat } from './use-new-chat.ts';

/** The conversation that the address names, or a new one; features side by side, none of which knows the others. */
export function ChatRoute() {
  const { router, isOffline } = useServices();
  const texts = useTexts();
  const startNew = useNewChat();
  const route = useStore(router.route);
  const isWide = useIsWide();
  const isAway = useStore(isOffline);
  const { conversationId, messageId } = route.name === 'conversation' ? route : {};
  return (
    <ChatPage
      conversationId={conversationId}
      messageId={messageId}
      // The banner has said it already.
      notice={!isAway && <ComputerNotice />}
      headerStart={<MenuButton />}
      headerEnd={
        !isWide && (
          <>
            <ComputerChip />
            <IconButton icon={SquarePen} label={texts.shell.newChat} onClick={startNew} />
          </>
        )
      }
    />
  );
}
