import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadCredentials } from '../apps/bridge/src/credentials.ts';
import type { CheckResult } from '../apps/bridge/src/doctor/check.ts';
import { AlteringFront } from './support/altering-front.ts';
import { assertNoSecrets } from './support/assert-no-secrets.ts';
import { Authority, type Certificate } from './support/certificates.ts';
import { callBridge } from '../apps/bridge/src/page/page-client.ts';
import { readPageFile } from '../apps/bridge/src/page/page-file.ts';
import { runBridge } from './support/run-bridge.ts';
import { signedInHome } from './support/signed-in-home.ts';
import { TestStack } from './support/test-stack.ts';
import { TlsFront } from './support/tls-front.ts';

interface Examined {
  code: number;
  /** The checks by their id. */
  checks: Record<string, CheckResult | undefined>;
}

async function examine(home: string, env: NodeJS.ProcessEnv = {}, args: string[] = []): Promise<Examined> {
  const { code, stdout, stderr } = await runBridge(home, ['doctor', '--json', ...args], env);
  assert.equal(stderr, '');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: CheckResult[] }; // as: its own output
  assert.equal(ok, code === 0);
  for (const { status, advice, found } of checks) {
    assert.ok(status === 'ok' || status === 'skipped' || advice, `${found}: says what to do`);
  }
  return { code, checks: Object.fromEntries(checks.map((check) => [check.id, check])) };
}

/** Asserts that this check failed (or warned), and those that build on it were left out and say so. */
function assertTrouble(
  { code, checks }: Examined,
  id: string,
  found: RegExp,
  { status = 'failed', advice = /./, skipped = [] as string[] } = {},
): void {
  const check = checks[id];
  assert.deepEqual([check?.status, status === 'failed' ? code : 1], [status, 1], JSON.stringify(checks));
  assert.match(check?.found ?? '', found);
  assert.match(check?.advice ?? '', advice);
  for (const later of skipped) assert.equal(checks[later]?.status, 'skipped', later);
}

describe('doctor', () => {
  let stack: TestStack;
  let home = '';
  let folder = '';
  before(async () => {
    stack = await TestStack.start();
    home = join(stack.stack.dataDir, 'bridge');
    folder = await mkdtemp(join(tmpdir(), 'doctor-test-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await stack[Symbol.asyncDispose]();
  });
  const port = (): number => Number(new URL(stack.stack.url).port);

  it('finds a healthy bridge healthy, asks a model a word, and does not throw the bridge out', async () => {
    const [{ code, checks }, text] = await Promise.all([examine(home), runBridge(home, ['doctor'])]);
    assert.equal(code, 0, JSON.stringify(checks, undefined, 1));
    for (const [id, check] of Object.entries(checks)) assert.equal(check?.status, 'ok', `${id}: ${check?.found}`);
    assert.match(checks['exchange']?.found ?? '', /^tiny-demo\S* answers: first token after \d+\.\d\d s/);
    assert.match(checks['websocket']?.found ?? '', /round trip [\d.]+ ms/);
    assert.match(checks['engine']?.found ?? '', /^demo engine/);
    assert.match(checks['models']?.found ?? '', /tiny-demo/);
    assert.match(text.stdout, /^ok +TLS +none: the relay is on this computer$/m);
    assert.match(text.stdout, /\nAll is well\.\n$/);
    const log = (await stack.logs())['bridge.log'] ?? '';
    assert.equal(log.match(/^online/gm)?.length, 1, log);
  });

  it('says how to sign in: to somebody new, and to somebody who was signed out', async () => {
    const out = await signedInHome(stack, 'out', { accessToken: 'c2l-no-token', refreshToken: undefined });
    const [nobody, named, signedOut] = await Promise.all([
      examine(join(folder, 'nobody')),
      examine(join(folder, 'named'), { CLOUDTOLOCALLLM_RELAY: stack.stack.url }),
      examine(out),
    ]);
    assertTrouble(named, 'credentials', /nobody has signed in/, { skipped: ['sign-in', 'websocket', 'exchange'] });
    assert.equal(named.checks['relay']?.status, 'ok', 'what lies between is looked at all the same');
    assertTrouble(nobody, 'credentials', /nobody has signed in/, {
      advice: /cloudtolocalllm login --relay/,
      skipped: ['tcp', 'relay', 'sign-in', 'websocket', 'exchange'],
    });
    assertTrouble(signedOut, 'sign-in', /signed out/, {
      advice: /cloudtolocalllm login/,
      skipped: ['websocket', 'exchange'],
    });
    assert.equal(signedOut.checks['relay']?.status, 'ok');
  });

  it('says that the bridge does not run, and asks nothing then', async () => {
    const elsewhere = await signedInHome(stack, 'elsewhere');
    const { code, checks } = await examine(elsewhere, { OLLAMA_HOST: stack.stack.engine.url.host });
    assert.equal(code, 0, 'a computer that only connects has no bridge');
    assert.deepEqual([checks['bridge']?.status, checks['exchange']?.status], ['warning', 'skipped']);
    assert.match(checks['exchange']?.advice ?? '', /cloudtolocalllm up/);
  });

  it('tells a bridge that its person has paused from one that cannot connect, and how to resume it', async () => {
    const page = readPageFile(home);
    assert.ok(page);
    await callBridge(page, 'POST', '/api/pause');
    await stack.untilBridge({ status: 'disconnected' });
    const { code, checks } = await examine(home);
    await callBridge(page, 'POST', '/api/resume');
    await stack.untilBridge({ status: 'connected' });
    assert.equal(code, 0, JSON.stringify(checks));
    assert.deepEqual([checks['bridge']?.status, checks['exchange']?.status], ['warning', 'skipped']);
    assert.match(checks['bridge']?.found ?? '', /paused by you since/);
    assert.match(checks['bridge']?.advice ?? '', /Resume it with: cloudtolocalllm resume/);
  });

  it('tells a relay that is down from a name that nobody has', async () => {
    const [down, unknown] = await Promise.all([
      signedInHome(stack, 'down', { relay: 'http://127.0.0.1:1' }).then((path) => examine(path)),
      signedInHome(stack, 'unknown', { relay: 'https://relay.invalid' }).then((path) => examine(path)),
    ]);
    assertTrouble(down, 'tcp', /127\.0\.0\.1:1 refuses connections/, { skipped: ['tls', 'relay', 'exchange'] });
    const dns = unknown.checks['dns'];
    assert.equal(dns?.status, 'failed');
    assert.match(dns?.found ?? '', /relay\.invalid/);
    assert.equal(unknown.checks['tcp']?.status, 'skipped');
  });

  it('tells clocks that differ', async () => {
    await using ahead = await AlteringFront.start(port, { dateMs: 125_000 });
    await using behind = await AlteringFront.start(port, { dateMs: -125_000 });
    const [first, second] = await Promise.all([
      signedInHome(stack, 'ahead', { relay: ahead.url }).then((path) => examine(path)),
      signedInHome(stack, 'behind', { relay: behind.url }).then((path) => examine(path)),
    ]);
    assertTrouble(first, 'clock', /^this computer is 12\d s behind the relay/, { status: 'warning' });
    assertTrouble(second, 'clock', /^this computer is 12\d s ahead of the relay/, { status: 'warning' });
    assert.equal(first.checks['websocket']?.status, 'ok');
  });

  it('tells something on the way that lets no WebSocket through', async () => {
    await using front = await AlteringFront.start(port, { refuseUpgrades: 400 });
    const examined = await examine(await signedInHome(stack, 'no-sockets', { relay: front.url }));
    assertTrouble(examined, 'websocket', /does not let WebSockets through \(it answered 400\)/, {
      advice: /Upgrade/,
      skipped: ['exchange'],
    });
    assert.equal(examined.checks['sign-in']?.status, 'ok');
  });

  it('says what is wrong with a certificate', async () => {
    const authority = await Authority.create(folder, 'Inspection Inc');
    const trusted = { NODE_EXTRA_CA_CERTS: authority.certPath };
    const systemKnows = { NODE_EXTRA_CA_CERTS: '', SSL_CERT_FILE: authority.certPath, SSL_CERT_DIR: folder };
    const nobodyKnows = { NODE_EXTRA_CA_CERTS: '' };
    const good = await authority.issue('localhost', 20);
    const cases: [name: string, Certificate, env: NodeJS.ProcessEnv, found: RegExp, advice: RegExp][] = [
      ['expired', await authority.issue('localhost', -1), trusted, /expired on \d{4}-\d\d-\d\d/, /renew/],
      [
        'other',
        await authority.issue('other.example', 20),
        trusted,
        /for DNS:other\.example, not for localhost/,
        /name/,
      ],
      ['self', await authority.selfSigned('localhost'), nobodyKnows, /self-signed/, /NODE_EXTRA_CA_CERTS/],
      ['inspected', good, nobodyKnows, /issued by "Inspection Inc", whom/, /NODE_EXTRA_CA_CERTS/],
      ['system', good, systemKnows, /issued by "Inspection Inc", whom/, /NODE_USE_SYSTEM_CA=1/],
    ];
    const runs = cases.map(async ([name, certificate, env, found, advice]) => {
      await using front = await TlsFront.start(certificate, port);
      const relay = `https://localhost:${front.port}`;
      const examined = await examine(await signedInHome(stack, name, { relay }), env);
      assertTrouble(examined, 'tls', found, { advice, skipped: ['relay', 'clock', 'sign-in', 'websocket'] });
    });
    await Promise.all(runs);
    // What it advises is what helps.
    await using front = await TlsFront.start(good, port);
    const relay = `https://localhost:${front.port}`;
    const goodHome = await signedInHome(stack, 'good', { relay });
    const helped = [trusted, { ...systemKnows, NODE_USE_SYSTEM_CA: '1' }].map((env) => examine(goodHome, env));
    for (const { checks } of await Promise.all(helped)) {
      assert.equal(checks['tls']?.status, 'ok', checks['tls']?.found);
      assert.match(checks['tls']?.found ?? '', /TLSv1\.3, certificate of "Inspection Inc", good until/);
      assert.equal(checks['websocket']?.status, 'ok');
    }
  });

  it('tells credentials that others may read', { skip: process.platform === 'win32' }, async () => {
    const open = await signedInHome(stack, 'open');
    await chmod(join(open, 'credentials.json'), 0o644);
    assertTrouble(await examine(open), 'credentials', /others on this computer may read them/, {
      status: 'warning',
      advice: /chmod 600 /,
    });
  });

  it('writes a report with everything that helps and nothing that is secret', async (t) => {
    const credentials = await loadCredentials(home);
    await mkdir(join(home, 'logs'), { recursive: true });
    const said = [
      `2026-11-28 connected with Authorization: Bearer ${credentials?.accessToken}`,
      `refreshed {"refresh_token":"${credentials?.refreshToken}"} for ada@example.com`,
      'proxy http://ada:hunter2hunter2@proxy.example:3128 used',
      'key c2l_0123456789abcdef0123456789abcdef seen',
      'the last line of all',
    ];
    await writeFile(join(home, 'logs', 'bridge.log'), `${'an old line\n'.repeat(500)}${said.join('\n')}\n`);
    // Ours, not the bridge's: what it has said itself is looked through at the end.
    t.after(() => writeFile(join(home, 'logs', 'bridge.log'), ''));
    const path = join(folder, 'report.md');
    const proxied = { HTTPS_PROXY: 'http://user-of-proxy:password-of-proxy@127.0.0.1:1' };
    const { code, stdout } = await runBridge(home, ['doctor', '--report', path], proxied);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^Report: .*report\.md$/m);
    const report = await readFile(path, 'utf8');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    for (const part of [
      /cloudtolocalllm \d+\.\d+\.\d+, Node v24/,
      /^ok +Exchange/m,
      /"signedIn": true/,
      /the last line of all/,
    ]) {
      assert.match(report, part);
    }
    assert.ok((report.match(/an old line/g)?.length ?? 0) < 200);
    assertNoSecrets(
      { report, stdout },
      {
        'the access token': credentials?.accessToken,
        'the refresh token': credentials?.refreshToken,
        'the password of the local account': stack.password,
        'a password in an address': 'hunter2hunter2',
        "the proxy's name": 'user-of-proxy',
        "the proxy's password": 'password-of-proxy',
        'an e-mail address': 'ada@example.com',
        'the user id': stack.tokens.userId,
      },
    );
  });

  // The last ones: they hurt the stack's own engine.
  it('tells an engine that hangs from one that is not there', async () => {
    const child = stack.stack.engine.child;
    assert.ok(child);
    child.process.kill('SIGSTOP');
    try {
      const hung = await examine(home);
      assertTrouble(hung, 'engine', /takes connections and does not answer/, {
        advice: /It hangs/,
        skipped: ['models', 'exchange'],
      });
      assert.equal(hung.checks['websocket']?.status, 'ok');
    } finally {
      child.process.kill('SIGCONT');
    }
    await child.stop();
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'disconnected' });
    const down = await examine(home);
    assertTrouble(down, 'engine', /nothing answers at http:\/\/127\.0\.0\.1/, { skipped: ['models', 'exchange'] });
    assert.match(down.checks['bridge']?.found ?? '', /^engine-down/);
  });
});
