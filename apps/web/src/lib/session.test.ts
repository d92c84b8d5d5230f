import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignIn } from '@cloudtolocalllm/sdk';
import { settled } from './chat-fixture.ts';
import { createOwner } from './owner.ts';
import type { Router } from './router.ts';
import { createSession } from './session.ts';
import { createStore } from './store.ts';

/** A browser in which somebody is signed in or nobody, and a page of it. */
function setUp({ subject, owner, path = '/' }: { subject?: string; owner?: string; path?: string }) {
  const kept = new Map(owner === undefined ? [] : [['cloudtolocalllm.owner', owner]]);
  const browser = { subject, comesBackAs: 'ada', reloads: 0, forgotten: 0, addresses: [] as string[] };
  const listeners = new Set<() => void>();
  const signIn = {
    tokensKey: 'tokens',
    isSignedIn: () => browser.subject !== undefined,
    subject: () => browser.subject,
    subscribe: (listener: () => void) => listeners.add(listener),
    begin: async () => new URL('https://issuer.example/authorize'),
    finish: async () => {
      browser.subject = browser.comesBackAs;
      for (const listener of listeners) listener();
      return { returnTo: '/' };
    },
    signOut: async () => {
      browser.subject = undefined;
      for (const listener of listeners) listener();
      return undefined;
    },
  } as unknown as SignIn; // as: what the session uses of it
  const document = Object.assign(new EventTarget(), { hidden: false });
  const page = Object.assign(new EventTarget(), {
    document,
    location: {
      origin: 'https://relay.example',
      href: `https://relay.example${path}`,
      pathname: path,
      hash: '',
      reload: () => (browser.reloads += 1),
      assign: (address: string | URL) => browser.addresses.push(String(address)),
    },
  }) as unknown as Window; // as: what the session uses of it
  const name = path === '/auth/callback' ? ('callback' as const) : ('new' as const);
  const store = createOwner({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  });
  const session = createSession({
    signIn,
    authConfig: async () => ({
      embedded: false,
      issuer: 'https://issuer.example',
      audience: 'relay',
      clientIds: { web: 'web', bridge: 'bridge' },
    }),
    router: { route: createStore({ path, name }), navigate: () => {} } as unknown as Router, // as: see above
    page,
    owner: store,
    forget: async () => {
      store.clear();
      browser.forgotten += 1;
    },
  });
  return { session, browser, owner: store, page, document, change: () => listeners.forEach((listener) => listener()) };
}

test('a page of one person is loaded anew when somebody else has signed in meanwhile', () => {
  const { browser, document, page, session } = setUp({ subject: 'ada', owner: 'ada' });
  document.dispatchEvent(new Event('visibilitychange'));
  assert.equal(browser.reloads, 0);
  browser.subject = 'ben';
  document.dispatchEvent(new Event('visibilitychange'));
  assert.equal(browser.reloads, 1);
  page.dispatchEvent(new Event('pageshow'));
  assert.equal(browser.reloads, 2);
  assert.equal(session.get().phase, 'signed-in');
});

test('who comes back from the issuer by Back can sign in again', async () => {
  const { session, page } = setUp({});
  await session.signIn();
  page.dispatchEvent(new Event('pageshow'));
  assert.equal(session.get().phase, 'leaving');
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  assert.equal(session.get().phase, 'signed-out');
});

test('a session that ends by itself takes nothing from its person, who finds it again', async () => {
  const { session, browser, change, owner } = setUp({ subject: 'ada', owner: 'ada' });
  browser.subject = undefined;
  change();
  assert.deepEqual([session.get().phase, owner.get()], ['signed-out', 'ada']);
  const back = setUp({ owner: 'ada', path: '/auth/callback' });
  await settled();
  assert.deepEqual([back.session.get().phase, back.browser.forgotten], ['signed-in', 0]);
});

test('what somebody left goes before somebody else is signed in', async () => {
  const { session, browser, owner } = setUp({ owner: 'ben', path: '/auth/callback' });
  await settled();
  assert.deepEqual([session.get().phase, browser.forgotten, owner.get()], ['signed-in', 1, 'ada']);
});

test('in a tab that waits to sign in, too, what somebody left goes before somebody else is signed in', async () => {
  const { session, browser, owner, change } = setUp({ owner: 'ben' });
  browser.subject = 'ada';
  change();
  assert.equal(session.get().phase, 'signed-out');
  await settled();
  assert.deepEqual([session.get().phase, browser.forgotten, owner.get()], ['signed-in', 1, 'ada']);
});

test('who signs out leaves nothing, and who deleted everything has no token while it is forgotten', async () => {
  const one = setUp({ subject: 'ada', owner: 'ada' });
  await one.session.signOut();
  assert.deepEqual([one.browser.forgotten, one.owner.get(), one.browser.addresses], [1, undefined, ['/']]);
  const two = setUp({ subject: 'ada', owner: 'ada' });
  const erased = two.session.erased();
  assert.equal(two.browser.subject, undefined);
  await erased;
  assert.deepEqual([two.browser.forgotten, two.browser.addresses], [1, []]);
});
