import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { exchangeRaw } from '../../apps/relay/src/fuzz/raw-exchange.ts';
import { BROKEN_BODIES, type HostileAim, hostileCases, SMUGGLED } from './hostile-cases.ts';
import type { Heard, RecordingEngine } from './recording-engine.ts';

/** What an engine may be sent, and nothing else. */
const MAY_BE_SENT = new Set([
  'accept',
  'accept-language',
  'anthropic-beta',
  'anthropic-version',
  'openai-beta',
  'content-type',
  'user-agent',
  'host',
  'connection',
  'content-length',
  'transfer-encoding', // of its own connection
]);
/** What a client may be told; of others' origins nothing else. */
const MAY_BE_TOLD = new Set([
  'content-type',
  'content-length',
  'retry-after',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'date',
  'content-security-policy',
  'x-content-type-options',
  'cache-control',
  'x-accel-buffering',
  'x-request-id',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'vary', // the relay's own
]);

export interface HostileTarget extends HostileAim {
  port: number;
  token: string;
  /** What may be asked of the engine's chat. */
  plainBody?: string;
  engine: RecordingEngine;
}

/**
 * Sends what is meant to reach more than its sender may, or another computer, and asserts that it does not: the engine
 * hears plain requests alone, the client is told plain answers alone, and the relay goes on.
 */
export async function refusesHostileRequests(
  t: TestContext,
  { port, token, engine, plainBody = 'hello', ...aim }: HostileTarget,
): Promise<void> {
  const { base, host = 'relay', plainPath = '/v1/models' } = aim;
  const authorization = `Authorization: Bearer ${token}`;
  const send = async (head: string, body = '', { mayWait = false, connection = 'close' } = {}) => {
    engine.heard.length = 0;
    const bytes = Buffer.from(`${head}\r\n${authorization}\r\nConnection: ${connection}\r\n\r\n${body}`, 'latin1');
    const outcome = await exchangeRaw(port, { bytes, isHead: false, mayWait });
    assert.equal(outcome.hung, false, 'it is answered or broken off');
    for (const { status, headers, body: said } of outcome.answers) {
      for (const name of headers.keys()) {
        if (status === 200) assert.ok(MAY_BE_TOLD.has(name), `the client is told ${name}`);
      }
      assert.doesNotMatch([...headers.values()].join('\n'), /evil\.example|engine=1/);
      if (status !== 200) continue;
      assert.equal(said, '<script>1</script>');
      assert.equal(headers.get('content-security-policy'), "sandbox; default-src 'none'");
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('cache-control'), 'no-store');
    }
    return outcome.answers.map(({ status }) => status);
  };
  const isPlain = ({ url, headers, trailers }: Heard): void => {
    assert.ok([plainPath, '/v1/chat/completions'].includes(url), `the engine heard ${url}`);
    assert.equal(headers.host, engine.url.host);
    for (const name of Object.keys(headers)) assert.ok(MAY_BE_SENT.has(name), `the engine heard the header ${name}`);
    assert.deepEqual({ ...trailers }, {});
  };
  /** `late`: the body of a whole request before this one, which the engine may hear of only now. */
  const livesOn = async (late?: string): Promise<void> => {
    assert.deepEqual(await send(`GET ${base}${plainPath} HTTP/1.1\r\nHost: ${host}`), [200]);
    // The beginning of a request that was broken off before may come late as well.
    assert.equal(engine.heard.filter(({ method }) => method === 'GET').length, 1);
    assert.ok(engine.heard.every(({ method, isWhole, body }) => method === 'GET' || !isWhole || body === late));
    engine.heard.forEach(isPlain);
  };

  await livesOn();
  for (const { name, head, body, expected, status } of hostileCases(aim)) {
    await t.test(name, async () => {
      const statuses = await send(head, body);
      assert.ok(statuses.length === 1 && status.includes(statuses[0]!), `answered ${statuses.join()}`); // there is one
      assert.deepEqual(
        engine.heard.map(({ method }) => method),
        expected === 'plain' ? ['GET'] : [],
      );
      engine.heard.forEach(isPlain);
      await livesOn();
    });
  }
  const chat = `POST ${base}/v1/chat/completions HTTP/1.1\r\nHost: ${host}`;
  for (const [name, head, body] of BROKEN_BODIES) {
    await t.test(name, async () => {
      for (const status of await send(`${chat}\r\n${head}`, body, { mayWait: true })) assert.equal(status, 400);
      assert.ok(!engine.heard.some(({ isWhole }) => isWhole), 'the engine hears no whole request');
      engine.heard.forEach(isPlain);
      await livesOn();
    });
  }
  await t.test('a body longer than its length, and what follows it', async () => {
    // What follows is a request of its own, without a token: refused, or not read behind one that closes the connection.
    const smuggled = SMUGGLED.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    const head = `${chat}\r\nContent-Length: ${plainBody.length}`;
    const statuses = await send(head, plainBody + smuggled, { connection: 'keep-alive' });
    assert.equal(statuses[0], 200);
    assert.ok(
      statuses.slice(1).every((status) => [400, 401, 404].includes(status)),
      statuses.join(),
    );
    assert.equal(statuses.length, 2);
    assert.deepEqual(
      engine.heard.map(({ body }) => body),
      [plainBody],
    );
    engine.heard.forEach(isPlain);
    await send(head, plainBody + SMUGGLED);
    assert.ok(engine.heard.every(({ body }) => plainBody.startsWith(body)));
    engine.heard.forEach(isPlain);
    // Whether it is answered before its connection is broken off for what follows it, is a race.
    await livesOn(plainBody);
  });
  await t.test('trailers, and extensions of chunks', async () => {
    const [first] = await send(
      `${chat}\r\nTransfer-Encoding: chunked\r\nTrailer: X-Evil`,
      `${plainBody.length.toString(16)};a=b\r\n${plainBody}\r\n0\r\nX-Evil: 1\r\nHost: evil.example\r\n\r\n`,
    );
    assert.equal(first, 200);
    assert.deepEqual(
      engine.heard.map(({ body }) => body),
      [plainBody],
    );
    engine.heard.forEach(isPlain);
    await livesOn();
  });
  await t.test('Expect: 100-continue', async () => {
    assert.deepEqual(
      await send(`${chat}\r\nExpect: 100-continue\r\nContent-Length: ${plainBody.length}`, plainBody),
      [200],
    );
    assert.deepEqual(
      engine.heard.map(({ body }) => body),
      [plainBody],
    );
    engine.heard.forEach(isPlain);
    await livesOn();
  });
  await t.test('an upgrade to a WebSocket', async () => {
    const key =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    for (const status of await send(`GET ${base}${plainPath} HTTP/1.1\r\nHost: ${host}\r\n${key}`))
      assert.notEqual(status, 101);
    engine.heard.forEach(isPlain);
    await livesOn();
  });
}
