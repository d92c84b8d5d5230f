import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ResetCode } from '@cloudtolocalllm/protocol';
import { SILENCE } from './keep-alive.ts';
import { startPassThrough, type TestPassThrough } from './test-pass-through.ts';

const STREAMED = '{"stream":true}';
const COMMENT = ': keep-alive\n\n';
const SSE = ['content-type', 'text/event-stream'];

/** An answer that the relay has begun, or the engine when `head` is given; `rest` is what follows until it breaks off. */
async function begun(
  fixture: TestPassThrough,
  path: string,
  { body = STREAMED, head }: { body?: string; head?: string[] } = {},
) {
  const outgoing = request({ port: fixture.port, path, method: 'POST' }).on('error', () => {});
  outgoing.end(body);
  const arrived = await fixture.arrival();
  await arrived.ended;
  if (head) arrived.receiver.head(200, head);
  else fixture.ticker.pass(SILENCE.json);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let said = '';
  response.on('error', () => {}).on('data', (chunk: Buffer) => (said += chunk.toString()));
  const closed = new Promise<void>((resolve) => void response.on('close', resolve));
  const until = async (length: number): Promise<void> => {
    while (said.length < length) await turn();
  };
  if (!head) await until(1);
  return { ...arrived, response, until, said: () => said, closed };
}

/** Lets the time pass that a client has to read a stream's last event. */
async function farewell(
  { ticker }: TestPassThrough,
  { closed, response }: Awaited<ReturnType<typeof begun>>,
): Promise<void> {
  ticker.pass(SILENCE.farewell + 1);
  await closed;
  assert.equal(response.complete, false, 'nobody takes it for whole');
  assert.equal(ticker.members.size, 0);
}

test(
  "a stream that the engine refuses late ends with the engine's own error, in each dialect",
  { timeout: 20_000 },
  async (t) => {
    const fixture = await startPassThrough(t);
    const openai = '{"error":{"message":"no such model","type":"not_found_error","param":null,"code":"m"},"x":"\\n"}';
    const anthropic = '{"type":"error","error":{"type":"not_found_error","message":"no such model"}}';
    const cases: [path: string, engine: string, said: string][] = [
      ['/api/chat', '{ "error": "no such model" }', ' {"error":"no such model"}\n'],
      ['/v1/chat/completions', openai, `${COMMENT}data: ${openai}\n\n`],
      ['/v1/responses', openai, `${COMMENT}data: ${openai}\n\n`],
      ['/v1/messages', anthropic, `${COMMENT}event: error\ndata: ${anthropic}\n\n`],
    ];
    for (const [path, engine, said] of cases) {
      const asked = await begun(fixture, path);
      asked.receiver.head(404, ['content-type', 'application/json', 'content-length', String(engine.length)]);
      for (const piece of engine.match(/.{1,7}/gs) ?? []) asked.receiver.data(Buffer.from(piece));
      asked.receiver.end();
      await asked.until(said.length);
      assert.equal(asked.said(), said);
      await farewell(fixture, asked);
    }
  },
);

test(
  "an engine's late error in other words is said in the caller's dialect, and bounded",
  { timeout: 20_000 },
  async (t) => {
    const fixture = await startPassThrough(t);
    const cases: [engine: string, message: RegExp][] = [
      ['plain words', /^The engine answered with an error \(500\): plain words$/],
      ['', /\(500\): no reason given$/],
      ['{"error":"a\\r\\n\\r\\ndata: [DONE]"}', /\(500\): a\r\n\r\ndata: \[DONE\]$/],
      ['[1]', /\(500\): \[1\]$/],
      ['null', /\(500\): null$/],
      [`"${'x'.repeat(1_000_000)}"`, /\(500\): "x+…$/],
    ];
    for (const [engine, message] of cases) {
      const asked = await begun(fixture, '/v1/messages');
      asked.receiver.head(500, []);
      for (let at = 0; at < engine.length; at += 16_000)
        asked.receiver.data(Buffer.from(engine.slice(at, at + 16_000)));
      asked.receiver.end();
      await asked.until(COMMENT.length + 1);
      const [event, data, ...rest] = asked.said().slice(COMMENT.length).split('\n');
      assert.equal(event, 'event: error');
      assert.deepEqual(rest, ['', '']);
      const error = JSON.parse(data?.replace('data: ', '') ?? '') as Record<string, Record<string, string>>; // as: ours
      assert.deepEqual([error.type, error.error?.type, error.request_id], ['error', 'api_error', 'req-1']);
      assert.match(error.error?.message ?? '', message);
      assert.ok(asked.said().length < 10_000);
      await farewell(fixture, asked);
    }
  },
);

test('a stream whose exchange is reset says why, where it has room for it', { timeout: 20_000 }, async (t) => {
  const fixture = await startPassThrough(t);
  const cases: [path: string, head: string[] | undefined, sent: string, code: ResetCode, said: RegExp][] = [
    ['/api/chat', undefined, '', 'engine_failed', /^ \{"error":"The engine ended in mid-answer\.[^"]*"\}\n$/],
    [
      '/v1/chat/completions',
      undefined,
      '',
      'link_lost',
      /data: \{"error":\{"message":"The connection[^\n]*"bridge_offline"\}\}\n\n$/,
    ],
    [
      '/v1/chat/completions',
      SSE,
      'data: {}\n\n',
      'proxy_limit',
      /^data: \{\}\n\ndata: \{"error":\{"message":"used up"/,
    ],
    [
      '/v1/messages',
      SSE,
      'event: x\ndata: {}\n\n',
      'proxy_limit',
      /\n\nevent: error\ndata: \{"type":"error","error":\{"type":"rate_limit_error"/,
    ],
    ['/api/chat', ['content-type', 'application/x-ndjson'], '{}\n', 'engine_failed', /^\{\}\n\{"error":"The engine/],
  ];
  for (const [path, head, sent, code, said] of cases) {
    const asked = await begun(fixture, path, { ...(head && { head }) });
    if (sent) asked.receiver.data(Buffer.from(sent));
    asked.receiver.reset(code, 'used up');
    await asked.until(sent.length + 20);
    assert.match(asked.said(), said);
    await farewell(fixture, asked);
    assert.deepEqual(asked.resets, [], 'it was over already');
  }
});

test('an answer without room for an error breaks off', { timeout: 20_000 }, async (t) => {
  const fixture = await startPassThrough(t);
  const cases: [name: string, options: { body?: string; head?: string[] }, sent: string][] = [
    ['in the middle of a line', { head: ['content-type', 'application/x-ndjson'] }, '{"a'],
    ['in the middle of an event', { head: SSE }, 'data: x\n'],
    ['with a length', { head: [...SSE, 'content-length', '100'] }, 'data: x\n\n'],
    ['one JSON text that the relay has begun', { body: '{}' }, ''],
    ['one JSON text that the engine has begun', { body: '{}' }, '{"id":'],
  ];
  for (const [name, options, sent] of cases) {
    const asked = await begun(fixture, '/v1/chat/completions', options);
    const before = asked.said();
    if (sent) asked.receiver.data(Buffer.from(sent));
    await asked.until(before.length + sent.length);
    asked.receiver.reset('engine_failed', '');
    await asked.closed;
    assert.equal(asked.response.complete, false, name);
    assert.equal(asked.said(), before + sent, name);
  }
  const refused = await begun(fixture, '/api/embed', {});
  refused.receiver.head(500, []);
  refused.receiver.data(Buffer.from('{"error":"out of memory"}'));
  refused.receiver.end();
  await refused.closed;
  assert.equal(refused.response.complete, false);
  assert.equal(fixture.ticker.members.size, 0);
});

test('an error in time has its own status', { timeout: 20_000 }, async (t) => {
  const fixture = await startPassThrough(t);
  const outgoing = request({ port: fixture.port, path: '/v1/chat/completions', method: 'POST' });
  outgoing.end(STREAMED);
  const { receiver } = await fixture.arrival();
  fixture.ticker.pass(SILENCE.stream - 1);
  receiver.reset('engine_unreachable', '');
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 502);
  assert.equal(fixture.ticker.members.size, 0);
  response.resume();
});
