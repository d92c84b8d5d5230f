import type { TextsStore } from './language.ts';
import type { Router } from './router.ts';
import type { Toasts } from './toasts.ts';

export type WorkerPageOptions = {
  page: Window;
  toasts: Pick<Toasts, 'show'>;
  texts: Pick<TextsStore, 'get'>;
  router: Pick<Router, 'navigate'>;
};

/** How often a page that stays open looks for a new version. */
const LOOK_MS = 60 * 60 * 1000;

/** Starts the worker that keeps the app, and offers a new version without taking the page away from anybody. */
export async function startWorker({ page, toasts, texts, router }: WorkerPageOptions): Promise<void> {
  const container = page.navigator.serviceWorker as ServiceWorkerContainer | undefined; // as: absent outside of secure contexts
  if (container === undefined) return;
  container.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const { type, path } = (data ?? {}) as { type?: unknown; path?: unknown }; // as: looked at below
    if (type === 'open' && typeof path === 'string' && path.startsWith('/')) router.navigate(path);
  });
  const registration = await container.register('/service-worker.js', { updateViaCache: 'none' });

  const offer = (): void => {
    const { waiting } = registration;
    // The first one ever replaces nothing.
    if (!waiting || !container.controller) return;
    const take = (): void => {
      // Another tab has let it take over: this page is all that is old.
      if (waiting.state !== 'installed') return page.location.reload();
      container.addEventListener('controllerchange', () => page.location.reload(), { once: true });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- workers are of this origin
      waiting.postMessage('take-over');
    };
    const { update, reload } = texts.get().offline;
    toasts.show({ text: update, action: { label: reload, run: take }, forMs: Infinity });
  };
  const watch = (): void =>
    registration.installing?.addEventListener('statechange', ({ target }) => {
      if (target === registration.waiting) offer();
    });
  registration.addEventListener('updatefound', watch);
  offer();
  watch();

  let lookedAt = Date.now();
  page.document.addEventListener('visibilitychange', () => {
    if (page.document.hidden || Date.now() - lookedAt < LOOK_MS) return;
    lookedAt = Date.now();
    // Without a network the next look finds it.
    void registration.update().catch(() => {});
  });
}
