import { useEffect, useEffectEvent } from 'react';
import { lastAnswer } from '../lib/chat.ts';
import { useServices } from '../lib/services.ts';
import { commandOf, type Command } from '../lib/shortcuts.ts';
import { NEW_THREAD } from '../lib/thread.ts';
import { useNewChat } from './use-new-chat.ts';

export type ShortcutActions = {
  onPalette: () => void;
  onHelp: () => void;
  onSidebar: () => void;
  showSidebar: () => void;
};

/** The fields where what is typed is text. */
const TYPING = 'input, textarea, select, [contenteditable]';
/** What wants to be answered first: it may hold what is shown only once. */
const MODAL = '[data-modal][data-open]';

/** Keys that work everywhere but behind a dialog. */
export function useShortcuts({ onPalette, onHelp, onSidebar, showSidebar }: ShortcutActions): void {
  const { router, chat, toasts, texts } = useServices();
  const newChat = useNewChat();
  const actions: Record<Command, () => void> = {
    palette: onPalette,
    help: onHelp,
    sidebar: onSidebar,
    newChat,
    search: () => {
      showSidebar();
      focusSoon('[role=searchbox]');
    },
    focusComposer: () => focusSoon('#composer'),
    stop: () => {
      const route = router.route.get();
      if (route.name === 'conversation') void chat.stop(route.conversationId);
      if (route.name === 'new') void chat.stop(NEW_THREAD);
    },
    copyLast: () => {
      const route = router.route.get();
      const thread = route.name === 'conversation' ? chat.threads.get()[route.conversationId] : undefined;
      const answer = thread && lastAnswer(thread);
      // Refused without permission or outside a secure context; then nothing is said.
      if (answer)
        void navigator.clipboard?.writeText(answer).then(() => toasts.show({ text: texts.get().composer.copied }));
    },
    computers: () => router.navigate('/computers'),
    settings: () => router.navigate('/settings'),
  };
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const isTyping = event.target instanceof Element && event.target.closest(TYPING) !== null;
    const command = commandOf(event, isTyping);
    if (command === undefined) return;
    event.preventDefault();
    if (document.querySelector(MODAL) === null) actions[command]();
  });
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** With the next frame: it may be about to appear. */
function focusSoon(selector: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus());
}
