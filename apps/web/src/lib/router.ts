import { createStore, type ReadableStore } from './store.ts';

type Route =
  | { name: 'new' }
  | { name: 'conversation'; conversationId: string }
  | { name: 'callback' }
  | { name: 'unknown' };

export type Router = {
  route: ReadableStore<Route>;
  navigate(path: string, options?: { replace?: boolean }): void;
};

export const CALLBACK_PATH = '/auth/callback';

export function conversationPath(conversationId: string): string {
  return `/c/${encodeURIComponent(conversationId)}`;
}

function parseRoute(path: string): Route {
  if (path === '/') return { name: 'new' };
  if (path === CALLBACK_PATH) return { name: 'callback' };
  const conversationId = /^\/c\/([A-Za-z0-9-]+)$/.exec(path)?.[1];
  return conversationId === undefined ? { name: 'unknown' } : { name: 'conversation', conversationId };
}

/** The address bar as a store. Four routes need no library; the issue that brings more brings one. */
export function createRouter(page: Window): Router {
  const route = createStore(parseRoute(page.location.pathname));
  page.addEventListener('popstate', () => route.set(parseRoute(page.location.pathname)));
  return {
    route,
    navigate(path, options = {}) {
      if (options.replace) page.history.replaceState(null, '', path);
      else if (path !== page.location.pathname) page.history.pushState(null, '', path);
      route.set(parseRoute(path));
    },
  };
}
