import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT_CODES } from '../apps/bridge/src/bridge-error.ts';
import { loadCredentials } from '../apps/bridge/src/credentials.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { Child } from '../dev/src/child.ts';
import { assertNoSecrets } from './support/assert-no-secrets.ts';
import { Authority } from './support/certificates.ts';
import { ConnectProxy } from './support/connect-proxy.ts';
import { bridgeArgs, bridgeEnv, runBridge } from './support/run-bridge.ts';
import { signedInHome } from './support/signed-in-home.ts';
import { TestStack } from './support/test-stack.ts';
import { TlsFront } from './support/tls-front.ts';

/** No name server knows it: only the proxy does. */
const RELAY_HOST = 'relay.test';
const PASSWORD = 'pass word@proxy/1';

describe('behind a proxy', () => {
  let stack: TestStack;
  let front: TlsFront;
  let proxy: ConnectProxy;
  let folder = '';
  let env: NodeJS.ProcessEnv = {};
  let address = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxy-test-'));
    const authority = await Authority.create(folder, 'Relay Authority');
    stack = await TestStack.start({
      bridge: false,
      publicUrl: `https://${RELAY_HOST}`,
      relayEnv: { EMBEDDED_SIGN_IN_EVERYWHERE: 'true' },
    });
    front = await TlsFront.start(await authority.issue(RELAY_HOST, 20), () => Number(new URL(stack.stack.url).port));
    proxy = await ConnectProxy.start({ [`${RELAY_HOST}:443`]: () => front.port }, { credentials: `ada:${PASSWORD}` });
    address = `http://ada:${encodeURIComponent(PASSWORD)}@${proxy.host}`;
    env = { HTTPS_PROXY: address, HTTP_PROXY: address, NODE_EXTRA_CA_CERTS: authority.certPath };
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await front[Symbol.asyncDispose]();
    await stack[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('connects, renews its token, answers and reconnects through it, and reaches the engine without it', async () => {
    const home = await signedInHome(stack, 'proxied', { accessTokenExpires: 0 });
    const logFile = join(stack.stack.dataDir, 'logs', 'bridge-proxied.log');
    const engine = stack.stack.engine.url.origin;
    const bridge = new Child({ args: bridgeArgs('up', '--engine-url', engine), env: bridgeEnv(home, env), logFile });
    try {
      await bridge.until('no bridge', async () => /^online .*$/m.exec(bridge.tail)?.[0]);
      assert.ok(((await loadCredentials(home))?.accessTokenExpires ?? 0) > Date.now(), 'renewed at the issuer');
      const ask = async (): Promise<string> => {
        const response = await fetch(`${stack.stack.url}/ollama/api/chat`, {
          method: 'POST',
          headers: { ...stack.authorization, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'tiny-demo', stream: false, messages: [{ role: 'user', content: 'Hello?' }] }),
        });
        return ((await response.json()) as { message: { content: string } }).message.content; // as: Ollama's answer
      };
      assert.equal(await ask(), SENTENCE);
      proxy.cut();
      await bridge.until('not back', async () => (/offline [^]*\nonline /.test(bridge.tail) ? true : undefined));
      assert.equal(await ask(), SENTENCE);
      assert.ok(front.masks.length >= 2, 'both sockets have said HELLO');
      assert.ok(!front.masks.includes('00000000'), 'a proxy may look into TLS: what it sees is masked');
      assert.deepEqual(new Set(proxy.asked), new Set([`CONNECT ${RELAY_HOST}:443`]));

      const examined = await runBridge(home, ['doctor'], env);
      assert.equal(examined.code, 0, examined.stdout);
      assert.match(examined.stdout, new RegExp(`^ok +Proxy +${proxy.host} lets through to ${RELAY_HOST}$`, 'm'));
      assert.match(examined.stdout, /^ok +Exchange/m);
      assertNoSecrets({ doctor: examined.stdout, log: await readFile(logFile, 'utf8') }, { password: PASSWORD });
    } finally {
      await bridge.stop();
    }
  });

  it('connect reaches the relay through it', async () => {
    const home = await signedInHome(stack, 'connected');
    const logFile = join(stack.stack.dataDir, 'logs', 'connect-proxied.log');
    const here = new Child({ args: bridgeArgs('connect', '--port', '0'), env: bridgeEnv(home, env), logFile });
    try {
      const url = await here.until('no connect', async () => /^Listening at (\S+) /m.exec(here.tail)?.[1]);
      const response = await fetch(`${url}/api/tags`);
      assert.equal(response.status, 503, 'the relay knows that no computer is online');
      assert.match(((await response.json()) as { error: string }).error, /offline/);
    } finally {
      await here.stop();
    }
  });

  it('says what the proxy does, in login, up and doctor', async () => {
    const home = await signedInHome(stack, 'refused');
    const login = (variables: NodeJS.ProcessEnv) =>
      runBridge(join(folder, 'new'), ['login', '--relay', `https://${RELAY_HOST}`], { ...env, ...variables });
    const offlineReason = async (folderOfBridge: string, variables: NodeJS.ProcessEnv): Promise<string> => {
      const logFile = join(stack.stack.dataDir, 'logs', `bridge-${crypto.randomUUID()}.log`);
      const bridge = new Child({ args: bridgeArgs('up'), env: bridgeEnv(folderOfBridge, variables), logFile });
      const line = await bridge.until('not offline', async () => /^offline .*$/m.exec(bridge.tail)?.[0]);
      await bridge.stop();
      return line;
    };
    const wrong = address.replace('ada', 'eve');
    const down = 'http://127.0.0.1:1';
    await using forbids = await ConnectProxy.start({}, { refuse: 403 });
    const cases: [proxy: string, said: RegExp][] = [
      [wrong, /The proxy 127\.0\.0\.1:\d+ wants a name and a password \(407\)/],
      [down, /The proxy 127\.0\.0\.1:1 refuses connections/],
      [`http://${forbids.host}`, /does not allow relay\.test:443 \(403\)/],
    ];
    const runs = cases.map(async ([variable, said]) => {
      const variables = { HTTPS_PROXY: variable };
      const [signIn, offline, examined] = await Promise.all([
        login(variables),
        offlineReason(home, { ...env, ...variables }),
        runBridge(home, ['doctor', '--json'], { ...env, ...variables }),
      ]);
      assert.equal(signIn.code, EXIT_CODES.unreachable);
      assert.match(signIn.stderr, said);
      assert.match(offline, said);
      const { checks } = JSON.parse(examined.stdout) as { checks: { id: string; status: string; found: string }[] };
      const check = checks.find(({ id }) => id === 'proxy');
      assert.equal(check?.status, 'failed');
      assert.match(check.found, said);
      assertNoSecrets(
        { signIn: signIn.stderr, offline, doctor: examined.stdout },
        { password: PASSWORD, encoded: 'pass%20word' },
      );
    });
    await Promise.all(runs);
    const socks = await login({ HTTPS_PROXY: 'socks5://ada:secret-of-socks@127.0.0.1:1' });
    assert.deepEqual([socks.code, socks.stdout], [2, '']);
    assert.match(socks.stderr, /HTTPS_PROXY does not hold the address of an HTTP proxy/);
    assert.doesNotMatch(socks.stderr, /secret-of-socks/);
  });
});
