import { createClient, createSignIn } from '@cloudtolocalllm/sdk';
import { createContext, useContext } from 'react';
import { createChat, type Chat } from './chat.ts';
import { createComputers, type ComputersStore } from './computers.ts';
import { createConversations, type ConversationsStore } from './conversations.ts';
import { createDrafts, type Drafts } from './drafts.ts';
import { createPreferences, type Preferences } from './preferences.ts';
import { CALLBACK_PATH, createRouter, type Router } from './router.ts';
import { createSession, type SessionStore } from './session.ts';

/** All that lives outside React; made once, handed down by context. */
export type Services = {
  session: SessionStore;
  router: Router;
  computers: ComputersStore;
  conversations: ConversationsStore;
  chat: Chat;
  preferences: Preferences;
  drafts: Drafts;
};

/** Between two tries to reach a relay that has been away for more than half a minute. */
const PAUSE_MS = 5_000;

export function createServices(page: Window): Services {
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
  const conversations = createConversations(client.conversations);
  const chat = createChat({
    calls: client,
    schedule: (change) => schedule(page, change),
    pause: () => pause(page),
    onConversation: conversations.put,
  });
  return {
    router,
    conversations,
    chat,
    session: createSession({ signIn, authConfig, router, page }),
    computers: createComputers({ list: client.bridges.list, page }),
    preferences: createPreferences(page.localStorage),
    drafts: createDrafts(page.sessionStorage),
  };
}

/** Once per frame; a hidden page has no frames, but its answers go on. */
function schedule(page: Window, change: () => void): void {
  if (page.document.hidden) page.setTimeout(change, 250);
  else page.requestAnimationFrame(change);
}

/** A while, or until the network is back. */
function pause(page: Window): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      page.clearTimeout(timer);
      page.removeEventListener('online', done);
      resolve();
    };
    const timer = page.setTimeout(done, PAUSE_MS);
    page.addEventListener('online', done);
  });
}

const ServicesContext = createContext<Services | undefined>(undefined);
export const ServicesProvider = ServicesContext.Provider;

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error('useServices needs a ServicesProvider above it');
  return services;
}
