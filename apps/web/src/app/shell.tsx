import { useEffect, useState } from 'react';
import { Outlet } from 'react-router';
import { Dialog } from '../components/dialog.tsx';
import { lazily } from '../components/lazily.tsx';
import { LazyOverlay } from '../components/lazy-overlay.tsx';
import { LazyPart } from '../components/lazy-part.tsx';
import { Toaster } from '../components/toaster.tsx';
import { OfflineBanner } from '../features/offline/offline-banner.tsx';
import { useServices } from '../lib/services.ts';
import { useIsWide } from '../lib/use-media.ts';
import { useStore } from '../lib/use-store.ts';
import { useTexts } from '../lib/use-texts.ts';
import { PageFailure } from './page-failure.tsx';
import { Sidebar } from './sidebar.tsx';
import { useFirstGuide } from './use-first-guide.ts';
import { useKeyboardInset } from './use-keyboard-inset.ts';
import { useShortcuts } from './use-shortcuts.ts';

const CommandPalette = lazily(async () => (await import('./command-palette.tsx')).CommandPalette);
const ShortcutsDialog = lazily(async () => (await import('./shortcuts-dialog.tsx')).ShortcutsDialog);

/** What stands around every page of a signed-in person. */
export function Shell() {
  const { computers, conversations, live, drawer, settings, offline } = useServices();
  const texts = useTexts();
  const isWide = useIsWide();
  const isDrawerOpen = useStore(drawer);
  const [isSidebarHidden, setSidebarHidden] = useState(false);
  const [overlay, setOverlay] = useState<'palette' | 'help'>();
  const closeDrawer = (): void => drawer.set(false);
  const closeOverlay = (): void => setOverlay(undefined);

  useEffect(() => computers.watch(), [computers]);
  useEffect(() => live.watch(), [live]);
  useEffect(() => offline.watch(), [offline]);
  useEffect(() => void conversations.load(), [conversations]);
  useEffect(() => void settings.load(), [settings]);
  useFirstGuide();
  useKeyboardInset();
  useShortcuts({
    onPalette: () => setOverlay('palette'),
    onHelp: () => setOverlay('help'),
    onSidebar: () => (isWide ? setSidebarHidden(!isSidebarHidden) : drawer.set(!isDrawerOpen)),
    // The search field is in there.
    showSidebar: () => (isWide ? setSidebarHidden(false) : drawer.set(true)),
  });

  return (
    <div className="flex h-[calc(100dvh-var(--keyboard,0px))] overflow-hidden">
      <a
        href="#content"
        className="fixed inset-s-2 top-2 z-10 rounded-row bg-ink px-4 py-3 text-canvas not-focus-visible:sr-only"
      >
        {texts.shell.skip}
      </a>
      {isWide ? (
        !isSidebarHidden && (
          <aside aria-label={texts.shell.sidebar} className="w-68 shrink-0 border-e border-line bg-sunken">
            <Sidebar />
          </aside>
        )
      ) : (
        <Dialog isOpen={isDrawerOpen} onClose={closeDrawer} label={texts.shell.drawer} place="drawer">
          <Sidebar onOpen={closeDrawer} />
          {/* What is outside a modal dialog can't be pressed. */}
          <Toaster />
        </Dialog>
      )}
      <div id="content" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
        <OfflineBanner />
        <div className="flex min-h-0 flex-1">
          <LazyPart renderFailed={(tryAgain) => <PageFailure tryAgain={tryAgain} />}>
            <Outlet />
          </LazyPart>
        </div>
      </div>
      {(isWide || !isDrawerOpen) && <Toaster />}
      {overlay && (
        <LazyOverlay key={overlay} onFailed={closeOverlay}>
          {overlay === 'palette' && <CommandPalette onClose={closeOverlay} onHelp={() => setOverlay('help')} />}
          {overlay === 'help' && <ShortcutsDialog onClose={closeOverlay} />}
        </LazyOverlay>
      )}
    </div>
  );
}
