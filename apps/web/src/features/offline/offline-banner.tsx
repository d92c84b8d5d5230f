import { CloudOff } from 'lucide-react';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** Says that there is no network, and from when the page is that is shown. */
export function OfflineBanner() {
  const { isOffline, router, chat, conversations } = useServices();
  const { offline, language } = useTexts();
  const isShown = useStore(isOffline);
  const route = useStore(router.route);
  const id = route.name === 'conversation' ? route.conversationId : undefined;
  const ofThread = useStore(chat.threads, (threads) => (id === undefined ? undefined : threads[id]?.savedAt));
  const ofList = useStore(conversations, ({ savedAt }) => savedAt);
  const savedAt = ofThread ?? (id === undefined ? ofList : undefined);
  return (
    <output aria-live="polite" className="block shrink-0">
      {isShown && (
        <span className="pad-page flex items-center gap-3 bg-warn-soft py-2 max-lg:pt-[max(0.5rem,env(safe-area-inset-top))]">
          <CloudOff aria-hidden className="size-4 shrink-0 text-warn" strokeWidth={2} />
          <span className="min-w-0">
            <span className="font-strong">{offline.title}.</span>{' '}
            <span className="text-ink-soft">
              {savedAt === undefined ? offline.nothing : offline.saved(timeWords(savedAt, language))}
            </span>
          </span>
        </span>
      )}
    </output>
  );
}

function timeWords(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}
