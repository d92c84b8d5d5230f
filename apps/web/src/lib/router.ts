import type { Navigator } from 'react-router';
import { createStore, type ReadableStore } from './store.ts';

/** What the address means outside of React: which conversation is open. Pages are react-router's, see `app/routes.tsx`. */
type Route = { path: string } & (
  | { name: 'new' }
  | { name: 'conversation'; conversationId: string; messageId?: string }
  | { name: 'callback' }
  | { name: 'page' }
);

export type Router = {
  route: ReadableStore<Route>;
  /** What react-router moves through the same history. */
  navigator: Navigator;
  navigate(path: string, options?: { replace?: boolean }): void;
};

export const CALLBACK_PATH = '/auth/callback';

/** The address of a conversation, or of one of its messages. */
export function conversationPath(conversationId: string, messageId?: string): string {
  const path = `/c/${encodeURIComponent(conversationId)}`;
  return messageId === undefined ? path : `${path}#${encodeURIComponent(messageId)}`;
}

/** Where a computer is connected, and the way to it is tested. */
export const GUIDE_PATH = '/welcome';
export const COMPUTERS_PATH = '/computers';

export function computerPath(bridgeId: string): string {
  return `${COMPUTERS_PATH}/${encodeURIComponent(bridgeId)}`;
}

function parseRoute(address: string): Route {
  const [, path = '', hash = ''] = /^([^?#]*)[^#]*#?(.*)$/.exec(address) ?? [];
  if (path === '/') return { path: address, name: 'new' };
  if (path === CALLBACK_PATH) return { path: address, name: 'callback' };
  const conversationId = /^\/c\/([A-Za-z0-9-]+)$/.exec(path)?.[1];
  if (conversationId === undefined) return { path: address, name: 'page' };
  const messageId = /^[A-Za-z0-9-]+$/.exec(hash)?.[0];
  return { path: address, name: 'conversation', conversationId, messageId };
}

/**
 * The address bar as a store, and as react-router's navigator: its declarative half is all that we need of it, and half
 * its weight.
 */
export function createRouter(page: Window): Router {
  const here = (): string => page.location.pathname + page.location.search + page.location.hash;
  const route = createStore(parseRoute(here()));
  page.addEventListener('popstate', () => route.set(parseRoute(here())));

  function navigate(path: string, { replace = false } = {}): void {
    if (replace) page.history.replaceState(null, '', path);
    else if (path !== here()) page.history.pushState(null, '', path);
    route.set(parseRoute(path));
  }
  const addressOf = (to: Parameters<Navigator['push']>[0]): string =>
    typeof to === 'string' ? to : `${to.pathname ?? page.location.pathname}${to.search ?? ''}${to.hash ?? ''}`;
  return {
    route,
    navigate,
    navigator: {
      createHref: addressOf,
      push: (to) => navigate(addressOf(to)),
      replace: (to) => navigate(addressOf(to), { replace: true }),
      go: (delta) => page.history.go(delta),
    },
  };
}
