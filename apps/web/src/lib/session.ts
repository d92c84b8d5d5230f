import type { AuthConfig, SignIn } from '@cloudtolocalllm/sdk';
import { describeFailure, type Failure } from './failure.ts';
import { createStore, type ReadableStore } from './store.ts';
import type { Router } from './router.ts';

type Session = {
  phase: 'signed-out' | 'leaving' | 'returning' | 'signed-in';
  failure?: Failure;
};

export type SessionStore = ReadableStore<Session> & { signIn(): Promise<void>; signOut(): Promise<void>; erased(): Promise<void> };

export type SessionOptions = {
  signIn: SignIn;
  authConfig: () => Promise<AuthConfig>;
  router: Router;
  page: Window;
  forget: () => Promise<void>;
};

/** Brought along by a browser that was sent here to sign in. */
const SIGN_IN_HASH = '#sign-in';

/** Whether a person is signed in, over all tabs of this browser; completes a sign-in when the page is its callback. */
export function createSession({ signIn, authConfig, router, page, forget }: SessionOptions): SessionStore {
  const phaseNow = (): Session => ({ phase: signIn.isSignedIn() ? 'signed-in' : 'signed-out' });
  const isCallback = router.route.get().name === 'callback';
  const store = createStore<Session>(isCallback ? { phase: 'returning' } : phaseNow());
  const compare = (): void => {
    const next = phaseNow();
    if (store.get().phase !== 'returning' && next.phase !== store.get().phase) store.set(next);
  };
  signIn.subscribe(compare);
  page.addEventListener('storage', (event) => {
    if (event.key === signIn.tokensKey || event.key === null) compare();
  });

  async function finish(): Promise<void> {
    try {
      const { returnTo } = await signIn.finish(new URL(page.location.href));
      router.navigate(returnTo, { replace: true });
      store.set(phaseNow());
    } catch (error) {
      // The code in the address is spent either way.
      router.navigate('/', { replace: true });
      store.set(signIn.isSignedIn() ? phaseNow() : { phase: 'signed-out', failure: describeFailure(error) });
    }
  }
  if (isCallback) void finish();

  async function start(): Promise<void> {
    store.set({ phase: 'leaving' });
    try {
      const { embedded, issuer } = await authConfig();
      const home = new URL(issuer).origin;
      // The relay's own issuer knows one name of this computer; 127.0.0.1 and localhost are two origins.
      const isElsewhere = embedded && home !== page.location.origin;
      const { pathname } = page.location;
      page.location.assign(isElsewhere ? home + pathname + SIGN_IN_HASH : await signIn.begin(pathname));
    } catch (error) {
      store.set({ phase: 'signed-out', failure: describeFailure(error) });
    }
  }
  if (page.location.hash === SIGN_IN_HASH) {
    page.history.replaceState(null, '', page.location.pathname);
    if (store.get().phase === 'signed-out') void start();
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    signIn: start,
    /** Everything of the person was deleted: without tokens nothing here can begin their account anew. */
    async erased() {
      await Promise.allSettled([signIn.signOut(), forget()]);
    },
    async signOut() {
      // While there is a page to do it: the next step leaves it.
      await forget();
      try {
        const address = await signIn.signOut();
        page.location.assign(address ?? '/');
      } catch {
        // The tokens are gone; only the issuer could not be told.
        page.location.assign('/');
      }
    },
  };
}
