import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createClient, createSignIn } from '@cloudtolocalllm/sdk';
import { readForm, TestBrowser } from '../apps/relay/src/accounts/embedded/test-browser.ts';
import { confirmDeviceCode } from './support/confirm-device-code.ts';
import { TestStack, until } from './support/test-stack.ts';

const BRIDGE_MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;

/** What the web app keeps between leaving for the issuer and coming back. */
const PENDING_KEY = 'cloudtolocalllm.sign-ins';

describe("the web app's sign-in at the relay's own issuer", () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start({ engine: new URL('http://127.0.0.1:9'), bridge: false });
  });
  after(() => stack[Symbol.asyncDispose]());

  /** A browser with the web app in it, that has not signed in yet. */
  function openApp() {
    const { url } = stack.stack;
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    const client = createClient({ baseUrl: url, token: () => session.accessToken() });
    const session = createSignIn({
      authConfig: client.account.authConfig,
      redirectUri: `${url}/auth/callback`,
      storage,
    });
    const browser = new TestBrowser();
    /** Signs in at the issuer; returns the address that it sends the browser back to. */
    async function throughIssuer(): Promise<URL> {
      const page = await browser.follow(await browser.open(await session.begin()), `${url}/oidc/`);
      const { action, fields } = await readForm(page.response);
      const answer = await browser.open(action, { ...fields, password: stack.password });
      const { location } = await browser.follow(answer, `${url}/oidc/`);
      assert.ok(location, 'the issuer sends the browser back');
      return location;
    }
    /** Changes what the app remembers of the sign-in that it has begun. */
    function tamper(change: Record<string, string>): void {
      const [pending] = JSON.parse(kept.get(PENDING_KEY) ?? '[]') as object[]; // the app's own
      kept.set(PENDING_KEY, JSON.stringify([{ ...pending, ...change }]));
    }
    return { client, session, throughIssuer, tamper };
  }

  it('gives tokens for a code, and new ones for old ones', async () => {
    const { client, session, throughIssuer } = openApp();
    await session.finish(await throughIssuer());
    const first = await session.accessToken();
    assert.equal((await client.account.me()).userId, stack.tokens.userId);
    const second = await session.accessToken(first);
    assert.notEqual(second, first);
    assert.equal((await client.account.me()).userId, stack.tokens.userId);
  });

  it('refuses a state that this browser has not begun', async () => {
    const address = await openApp().throughIssuer();
    await assert.rejects(openApp().session.finish(address), { code: 'unknown_state' });
  });

  it('refuses tokens for another nonce', async () => {
    const { session, throughIssuer, tamper } = openApp();
    const address = await throughIssuer();
    tamper({ nonce: 'another' });
    await assert.rejects(session.finish(address));
    assert.equal(session.isSignedIn(), false);
  });

  it('gets nothing for a stolen code without its PKCE verifier', async () => {
    const { session, throughIssuer, tamper } = openApp();
    const address = await throughIssuer();
    tamper({ codeVerifier: 'x'.repeat(43) });
    await assert.rejects(session.finish(address));
    assert.equal(session.isSignedIn(), false);
  });
});

describe("the bridge's sign-in at the relay's own issuer", () => {
  it('asks a person, who sees which computer it is', async () => {
    await using stack = await TestStack.start({ engine: new URL('http://127.0.0.1:9'), bridge: false });
    const { url, dataDir } = stack.stack;
    const env = {
      ...process.env,
      CLOUDTOLOCALLLM_HOME: join(dataDir, 'other-bridge'),
      NO_COLOR: '1',
      CLOUDTOLOCALLLM_KEYCHAIN: 'off',
    };
    const bridge = spawn(process.execPath, [BRIDGE_MAIN, 'login', '--relay', url], { env });
    let output = '';
    for (const stream of [bridge.stdout, bridge.stderr]) stream.on('data', (chunk) => (output += chunk));
    const exited = once(bridge, 'exit');
    try {
      await until(`the bridge shows its code\n${output}`, 20_000, () => output.includes('Waiting…'));
      const [address = ''] = /http\S+/.exec(output) ?? [];
      assert.match(output, /confirm the code [A-Z]{4}-[A-Z]{4}\. It ends in 10 minutes/);

      const page = await confirmDeviceCode(stack, address);
      assert.match(page, /<dd>127\.0\.0\.1</);
      assert.ok(page.includes(hostname()), page);
      const [code] = await exited;
      assert.equal(code, 0, output);
      assert.match(
        output,
        /Signed in to http:\/\/localhost:\d+.*\.\nThe tokens are in .*credentials\.json.*\nStart the bridge with/,
      );
    } finally {
      bridge.kill();
    }
  });
});
