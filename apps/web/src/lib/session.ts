import type { SignIn } from '@cloudtolocalllm/sdk';
import { describeFailure, type Failure } from './failure.ts';
import { createStore, type ReadableStore } from './store.ts';
import type { Router } from './router.ts';

export type Session = {
  phase: 'signed-out' | 'leaving' | 'returning' | 'signed-in';
  failure?: Failure;
};

export type SessionStore = ReadableStore<Session> & { signIn(): Promise<void>; signOut(): Promise<void> };

export type SessionOptions = { signIn: SignIn; router: Router; page: Window };

/** Whether a person is signed in, over all tabs of this browser; completes a sign-in when the page is its callback. */
export function createSession({ signIn, router, page }: SessionOptions): SessionStore {
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

  return {
    get: store.get,
    subscribe: store.subscribe,
    async signIn() {
      store.set({ phase: 'leaving' });
      try {
        page.location.assign(await signIn.begin(page.location.pathname));
      } catch (error) {
        store.set({ phase: 'signed-out', failure: describeFailure(error) });
      }
    },
    async signOut() {
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
