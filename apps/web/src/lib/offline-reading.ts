import type { RealtimeEvent } from '@cloudtolocalllm/sdk';
import type { Offline, OfflineOptions } from './offline/offline.ts';

export type OfflineReading = {
  /** Keeps what is read, and shows it without a network; returns the way to end it. */
  watch(): () => void;
  hear(event: RealtimeEvent): void;
};

export type OfflineReadingOptions = Omit<OfflineOptions, 'saved' | 'page'> & { page: Window };

/** Reading without a network. Its code is not needed for the first look at the page and comes afterwards. */
export function createOfflineReading(options: OfflineReadingOptions): OfflineReading {
  let offline: Offline | undefined;
  return {
    watch() {
      let isEnded = false;
      let mine: Offline | undefined;
      const start = async (): Promise<void> => {
        const [{ startOffline }, { createSaved }] = await Promise.all([
          import('./offline/offline.ts'),
          import('./offline/saved.ts'),
        ]);
        if (isEnded) return;
        mine = startOffline({ ...options, saved: createSaved(options.page.indexedDB) });
        offline = mine;
      };
      void start().catch(() => {
        // Without the code nothing is kept; the page works all the same.
      });
      return () => {
        isEnded = true;
        mine?.stop();
        offline = undefined;
      };
    },
    hear: (event) => offline?.hear(event),
  };
}
