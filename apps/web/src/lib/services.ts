import { createClient, createSignIn, type Client } from '@cloudtolocalllm/sdk';
import type { QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { applyAppearance } from './appearance.ts';
import { createAttachments, type Attachments } from './attachments.ts';
import { catchUp } from './catch-up.ts';
import { createChat, type Chat } from './chat.ts';
import { createComputerActions, type ComputerActions } from './computer-actions.ts';
import { modelsKey } from './computer-queries.ts';
import { createComputers, type ComputersStore } from './computers.ts';
import { createConnection } from './connection.ts';
import { createConversationActions, type ConversationActions } from './conversation-actions.ts';
import { createConversations, type ConversationsStore } from './conversations.ts';
import { createDrafts, type Drafts } from './drafts.ts';
import { forgetPerson } from './forget.ts';
import { createImages, type Images } from './images.ts';
import { createImport, type ImportStore } from './imports.ts';
import { createTexts, type TextsStore } from './language.ts';
import { createLive, type Live } from './live.ts';
import { createOfflineReading, type OfflineReading } from './offline-reading.ts';
import { createOwner } from './owner.ts';
import { createPreferences, type Preferences } from './preferences.ts';
import { createPulls, type Pulls } from './pulls.ts';
import { createProxyHistory, type ProxyHistory } from './proxy-history.ts';
import { createQueries } from './queries.ts';
import { CALLBACK_PATH, conversationPath, createRouter, type Router } from './router.ts';
import { createSearch, type SearchStore } from './search.ts';
import { createSession, type SessionStore } from './session.ts';
import { createSettings, type SettingsStore } from './settings.ts';
import { createStore, type ReadableStore, type Store } from './store.ts';
import { NEW_THREAD } from './thread.ts';
import { createToasts, type Toasts } from './toasts.ts';

/** All that lives outside React; made once, handed down by context. */
export type Services = {
  /** For what pages ask by themselves, through `queries`. */
  client: Client;
  queries: QueryClient;
  texts: TextsStore;
  settings: SettingsStore;
  /** Whether the sidebar is open where it is a drawer. */
  drawer: Store<boolean>;
  session: SessionStore;
  router: Router;
  live: Live;
  computers: ComputersStore;
  computerActions: ComputerActions;
  /** Models on their way to a computer. */
  pulls: Pulls;
  proxyHistory: ProxyHistory;
  conversations: ConversationsStore;
  archive: ConversationsStore;
  actions: ConversationActions;
  search: SearchStore;
  imports: ImportStore;
  toasts: Toasts;
  chat: Chat;
  attachments: Attachments;
  images: Images;
  preferences: Preferences;
  drafts: Drafts;
  /** Whether the relay is out of reach. */
  isOffline: ReadableStore<boolean>;
  offline: OfflineReading;
  /** Forgets all of a person on this page, for the next one. */
  reset(): void;
  /** Takes from this browser what it kept of a person who has left; who did not sign out may come back for it. */
  forgetLeft(): Promise<void>;
};

/** Between two tries to reach a relay that has been away for more than half a minute. */
const PAUSE_MS = 5_000;
/** Between two tries of a socket that was refused. */
const REFUSED_PAUSE_MS = 60_000;

export function createServices(page: Window & Pick<typeof globalThis, 'URL' | 'Notification'>): Services {
  const { origin } = page.location;
  const client = createClient({ baseUrl: origin, token: (refused) => signIn.accessToken(refused) });
  const authConfig = () => client.account.authConfig();
  const signIn = createSignIn({
    authConfig,
    redirectUri: origin + CALLBACK_PATH,
    signedOutUri: `${origin}/`,
    storage: page.localStorage,
  });
  const router = createRouter(page);
  const texts = createTexts(page);
  const queries = createQueries();
  const drawer = createStore(false);
  const conversations = createConversations(client.conversations);
  const archive = createConversations(client.conversations, { archived: true });
  const lists = [conversations, archive];
  const toasts = createToasts(page);
  const settings = createSettings({ calls: client.account, storage: page.localStorage, toasts, texts });
  const proxyHistory = createProxyHistory();
  applyAppearance(page, settings, texts);
  const chat = createChat({
    calls: client,
    texts,
    schedule: (change) => schedule(page, change),
    pause: () => pause(page, PAUSE_MS),
    defaults: settings.get,
    onConversation: (conversation) => lists.forEach((list) => list.put(conversation)),
    onRefused(id, question) {
      drafts.putBack(id, question.content);
      attachments.putBack(id, question.attachments ?? []);
    },
    onBegun(id) {
      drafts.move(NEW_THREAD, id);
      attachments.move(NEW_THREAD, id);
      // Whoever has gone elsewhere meanwhile is left there.
      if (router.route.get().name === 'new') router.navigate(conversationPath(id));
    },
  });
  const live = createLive({
    calls: client,
    onStatus(event) {
      computers.hear(event);
      lists.forEach((list) => list.hear(event));
      settings.hear(event);
      proxyHistory.hear(event);
      if (event.type === 'refetch') void queries.invalidateQueries({ queryKey: ['proxies'] });
      offline.hear(event);
    },
    onChat: chat.hear,
    onChatLost: chat.deafen,
    onErased: () => void session.erased(),
    pause: () => pause(page, REFUSED_PAUSE_MS),
  });
  const computers = createComputers({ list: client.bridges.list, page, isLive: live.isLive });
  const onModels = (id: string): Promise<void> => queries.invalidateQueries({ queryKey: modelsKey(id) });
  const computerActions = createComputerActions({ calls: client, computers, toasts, texts, onModels });
  const pulls = createPulls({
    pull: client.models.pull,
    onDone(bridgeId, model) {
      toasts.show({ text: texts.get().computers.pulled(model) });
      void onModels(bridgeId);
    },
  });
  const actions = createConversationActions({
    calls: client,
    toasts,
    texts,
    put: (conversation) => lists.forEach((list) => list.put(conversation)),
    drop: (id) => lists.forEach((list) => list.drop(id)),
    leave(id) {
      const route = router.route.get();
      const isOpen = route.name === 'conversation' && route.conversationId === id;
      if (isOpen) router.navigate('/', { replace: true });
      chat.forget(id);
      return isOpen;
    },
    // Whoever has begun something else by then is left there.
    enter: (id) => router.route.get().name === 'new' && router.navigate(conversationPath(id), { replace: true }),
    download: (name, content) => download(page, name, content),
  });
  const attachments = createAttachments({ upload: client.attachments.upload, urls: page.URL, texts });
  const images = createImages({ bytes: client.attachments.bytes, urls: page.URL });
  const search = createSearch({ find: client.search.find, page });
  const imports = createImport({ calls: client.transfer, onImported: () => void conversations.load(), texts });
  const drafts = createDrafts(page);
  const preferences = createPreferences(page.localStorage);
  const isOffline = createConnection({ page, isLive: live.isLive, computers });
  const { route } = router;
  const { userId } = live;
  const calls = client.conversations;
  const offline = createOfflineReading({ userId, calls, isOffline, conversations, chat, route, texts, page });
  const isSignedIn = (): boolean => signIn.isSignedIn();
  catchUp({ page, isOffline, isSignedIn, live, conversations, settings, chat, route });
  const owner = createOwner(page.localStorage);
  const forget = (): Promise<void> => forgetPerson({ page, owner, drafts, preferences, push: client.push });
  const session = createSession({ signIn, authConfig, router, page, owner, forget });
  return {
    client,
    queries,
    drawer,
    texts,
    settings,
    router,
    live,
    conversations,
    archive,
    actions,
    search,
    imports,
    toasts,
    chat,
    computers,
    computerActions,
    pulls,
    proxyHistory,
    attachments,
    images,
    drafts,
    isOffline,
    offline,
    preferences,
    forgetLeft: async () => (owner.get() === undefined ? forget() : undefined),
    session,
    reset() {
      chat.reset();
      lists.forEach((list) => list.reset());
      computers.reset();
      search.write('');
      drawer.set(false);
      queries.clear();
      settings.reset();
      for (const one of [toasts, attachments, images]) one.clear();
      imports.reset();
      pulls.reset();
      proxyHistory.reset();
    },
  };
}

/** Once per frame; a hidden page has no frames, but its answers go on. */
function schedule(page: Window, change: () => void): void {
  if (page.document.hidden) page.setTimeout(change, 250);
  else page.requestAnimationFrame(change);
}

/** A while, or until the network is back. */
function pause(page: Window, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      page.clearTimeout(timer);
      page.removeEventListener('online', done);
      resolve();
    };
    const timer = page.setTimeout(done, milliseconds);
    page.addEventListener('online', done);
  });
}

/** Browsers give a file to the person when a link to it is followed. */
function download(page: Window & { URL: typeof URL }, name: string, content: Blob): void {
  const link = page.document.createElement('a');
  link.href = page.URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken it over by then.
  page.setTimeout(() => page.URL.revokeObjectURL(link.href), PAUSE_MS);
}

const ServicesContext = createContext<Services | undefined>(undefined);
export const ServicesProvider = ServicesContext.Provider;

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error('useServices needs a ServicesProvider above it');
  return services;
}
