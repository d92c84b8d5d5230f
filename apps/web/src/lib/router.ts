import { createStore, type ReadableStore } from './store.ts';

type Route =
  | { name: 'new' }
  | { name: 'conversation'; conversationId: string; messageId?: string }
  | { name: 'callback' }
  | { name: 'unknown' };

export type Router = {
  route: ReadableStore<Route>;
  navigate(path: string, options?: { replace?: boolean }): void;
};

export const CALLBACK_PATH = '/auth/callback';

/** The address of a conversation, or of one of its messages. */
export function conversationPath(conversationId: string, messageId?: string): string {
  const path = `/c/${encodeURIComponent(conversationId)}`;
  return messageId === undefined ? path : `${path}#${encodeURIComponent(messageId)}`;
}

function parseRoute(address: string): Route {
  const [path = '', hash = ''] = address.split('#');
  if (path === '/') return { name: 'new' };
  if (path === CALLBACK_PATH) return { name: 'callback' };
  const conversationId = /^\/c\/([A-Za-z0-9-]+)$/.exec(path)?.[1];
  if (conversationId === undefined) return { name: 'unknown' };
  const messageId = /^[A-Za-z0-9-]+$/.exec(hash)?.[0];
  return { name: 'conversation', conversationId, messageId };
}

/** The address bar as a store. Four routes need no library; the issue that brings more brings one. */
export function createRouter(page: Window): Router {
  const here = (): string => page.location.pathname + page.location.hash;
  const route = createStore(parseRoute(here()));
  page.addEventListener('popstate', () => route.set(parseRoute(here())));
  return {
    route,
    navigate(path, options = {}) {
      if (options.replace) page.history.replaceState(null, '', path);
      else if (path !== here()) page.history.pushState(null, '', path);
      route.set(parseRoute(path));
    },
  };
}
