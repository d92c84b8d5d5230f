import type { AuthConfig, SignIn } from '@cloudtolocalllm/sdk';
import { describeFailure, type Failure } from './failure.ts';
import type { Owner } from './owner.ts';
import { createStore, type ReadableStore } from './store.ts';
import type { Router } from './router.ts';

type Session = {
  phase: 'signed-out' | 'leaving' | 'returning' | 'signed-in';
  failure?: Failure;
};

export type SessionStore = ReadableStore<Session> & {
  signIn(): Promise<void>;
  signOut(): Promise<void>;
  erased(): Promise<void>;
};

export type SessionOptions = {
  signIn: SignIn;
  authConfig: () => Promise<AuthConfig>;
  router: Router;
  page: Window;
  owner: Owner;
  forget: () => Promise<void>;
};

/** Brought along by a browser that was sent here to sign in. */
const SIGN_IN_HASH = '#sign-in';

/** Whether a person is signed in, over all tabs of this browser; completes a sign-in when the page is its callback. */
export function createSession({ signIn, authConfig, router, page, owner, forget }: SessionOptions): SessionStore {
  const phaseNow = (): Session => ({ phase: signIn.isSignedIn() ? 'signed-in' : 'signed-out' });
  const isCallback = router.route.get().name === 'callback';
  const store = createStore<Session>(isCallback ? { phase: 'returning' } : phaseNow());
  /** Whose page this is. */
  let shown = signIn.subject();
  let entering: Promise<void> | undefined;
  async function settle(): Promise<void> {
    // What somebody else's session left when it ended by itself.
    if (owner.get() !== signIn.subject()) await forget();
    shown = signIn.subject();
    if (shown !== undefined) owner.set(shown);
    store.set(phaseNow());
  }
  function enter(): Promise<void> {
    entering ??= settle().finally(() => (entering = undefined));
    return entering;
  }
  function compare(): void {
    const { phase } = store.get();
    if (phase === 'returning') return;
    const next = phaseNow();
    // What is on the page is somebody else's.
    if (next.phase === 'signed-in' && phase === 'signed-in' && signIn.subject() !== shown) page.location.reload();
    else if (next.phase === 'signed-in' && phase !== 'signed-in') void enter();
    else if (next.phase !== phase) store.set(next);
  }
  signIn.subscribe(compare);
  page.addEventListener('storage', (event) => {
    if (event.key === signIn.tokensKey || event.key === null) compare();
  });
  // A tab that slept was told nothing.
  page.document.addEventListener('visibilitychange', () => {
    if (store.get().phase !== 'leaving') compare();
  });
  // Out of the back-forward cache, as it was when it was left: perhaps on its way to the issuer.
  page.addEventListener('pageshow', ({ persisted }) => {
    if (persisted || store.get().phase !== 'leaving') compare();
  });

  async function finish(): Promise<void> {
    try {
      const { returnTo } = await signIn.finish(new URL(page.location.href));
      router.navigate(returnTo, { replace: true });
      await enter();
    } catch (error) {
      // The code in the address is spent either way.
      router.navigate('/', { replace: true });
      if (signIn.isSignedIn()) await enter();
      else store.set({ phase: 'signed-out', failure: describeFailure(error) });
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
