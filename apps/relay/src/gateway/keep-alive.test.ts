import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { expectedForm, SILENCE, type AnswerForm } from './keep-alive.ts';
import { startPassThrough, type Arrived, type TestPassThrough } from './test-pass-through.ts';

const SSE = ['content-type', 'text/event-stream'];
const NDJSON = ['content-type', 'application/x-ndjson; charset=utf-8'];
const COMMENT = ': keep-alive\n\n';
const STREAMED = '{"model":"m","messages":[{"stream":false}],"stream":true}';

interface Asked extends Arrived {
  outgoing: ClientRequest;
  response: Promise<IncomingMessage>;
  /** Of the answer's body so far. */
  text(): string;
  /** Lets everything arrive that was sent. */
  until(text: string): Promise<void>;
  /** True when the answer came to its end, false when its connection broke off. */
  whole(): Promise<boolean>;
}

/** Sends a request whose body is sent on at once, and waits until the engine has it. */
async function ask(fixture: TestPassThrough, path: string, body = '{}', method = 'POST'): Promise<Asked> {
  const outgoing = request({ port: fixture.port, path, method }).on('error', () => {});
  let said = '';
  const response = once(outgoing, 'response').then(([incoming]: IncomingMessage[]) => {
    incoming!.on('error', () => {}).on('data', (chunk: Buffer) => (said += chunk.toString())); // of the event
    return incoming!;
  });
  response.catch(() => {});
  outgoing.end(body);
  const arrived = await fixture.arrival();
  await arrived.ended;
  return Object.assign(arrived, {
    outgoing,
    response,
    text: () => said,
    until: async (expected: string) => {
      while (said.length < expected.length) await turn();
      assert.equal(said, expected);
    },
    whole: async () => {
      const incoming = await response;
      if (!incoming.closed) await once(incoming, 'close');
      return incoming.complete;
    },
  });
}

/** Whether the client has heard anything, after time for it to arrive. */
async function isSilent({ response }: Asked): Promise<boolean> {
  for (let round = 0; round < 20; round++) await turn();
  return Promise.race([response.then(() => false), Promise.resolve(true)]);
}

async function begin(t: TestContext, path: string, body?: string, method?: string) {
  const fixture = await startPassThrough(t);
  return { fixture, ticker: fixture.ticker, asked: await ask(fixture, path, body, method) };
}

test('knows by path and body how an engine will answer', () => {
  const cases: [method: string, path: string, stream: boolean | undefined, form: AnswerForm | undefined][] = [
    ['POST', '/api/chat', undefined, 'lines'],
    ['POST', '/api/generate?x=1', true, 'lines'],
    ['POST', '/api/chat', false, 'json'],
    ['POST', '/api/pull', undefined, 'lines'],
    ['POST', '/api/embed', true, 'json'],
    ['POST', '/v1/chat/completions', true, 'events'],
    ['POST', '/v1/chat/completions', undefined, 'json'],
    ['POST', '/v1/messages', true, 'events'],
    ['POST', '/v1/messages', false, 'json'],
    ['POST', '/v1/responses', true, 'events'],
    ['POST', '/v1/embeddings', undefined, 'json'],
    ['POST', '/v1/audio/speech', undefined, undefined],
    ['GET', '/v1/models', undefined, undefined],
    ['GET', '/api/tags', undefined, undefined],
    ['HEAD', '/api/chat', undefined, undefined],
  ];
  for (const [method, path, stream, form] of cases) {
    assert.equal(expectedForm(method, path, stream), form, `${method} ${path} ${stream}`);
  }
});

test('begins the answer of a silent engine, in the form of each dialect', async (t) => {
  const fixture = await startPassThrough(t);
  const cases: [path: string, body: string, ticks: number, type: string, sign: string][] = [
    ['/api/chat', '{"model":"m"}', SILENCE.stream, 'application/x-ndjson', ' '],
    ['/api/generate', STREAMED, SILENCE.stream, 'application/x-ndjson', ' '],
    ['/v1/chat/completions', STREAMED, SILENCE.stream, 'text/event-stream; charset=utf-8', COMMENT],
    ['/v1/messages', STREAMED, SILENCE.stream, 'text/event-stream; charset=utf-8', COMMENT],
    ['/v1/responses', STREAMED, SILENCE.stream, 'text/event-stream; charset=utf-8', COMMENT],
    ['/api/chat', '{"stream":false}', SILENCE.json, 'application/json; charset=utf-8', ' '],
    ['/v1/chat/completions', '{}', SILENCE.json, 'application/json; charset=utf-8', ' '],
    ['/v1/messages', '{"messages":[{"stream":true}]}', SILENCE.json, 'application/json; charset=utf-8', ' '],
    ['/api/embed', '{}', SILENCE.json, 'application/json; charset=utf-8', ' '],
  ];
  for (const [path, body, ticks, type, sign] of cases) {
    const asked = await ask(fixture, path, body);
    fixture.ticker.pass(ticks - 1);
    assert.ok(await isSilent(asked), `${path} ${body}`);
    fixture.ticker.pass(1);
    const { statusCode, headers } = await asked.response;
    await asked.until(sign);
    fixture.ticker.pass(SILENCE.stream);
    await asked.until(sign + sign);
    const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...rest } = headers;
    assert.equal(statusCode, 200);
    assert.deepEqual(rest, {
      'x-request-id': 'req-1',
      'content-type': type,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'transfer-encoding': 'chunked',
    });
    // The engine's own head comes too late, its length does not count, its body does.
    const answer = '{"done":true}\n';
    asked.receiver.head(200, ['content-type', 'application/json', 'content-length', String(answer.length)]);
    asked.receiver.data(Buffer.from(answer));
    asked.receiver.end();
    assert.equal(await asked.whole(), true);
    assert.equal(asked.text(), sign + sign + answer);
    assert.equal(fixture.ticker.members.size, 0, 'nothing is left behind');
  }
});

test('says nothing in the place of an engine when nobody knows what it will answer', async (t) => {
  const fixture = await startPassThrough(t);
  for (const [method, path] of [
    ['GET', '/v1/models'],
    ['HEAD', '/api/chat'],
    ['POST', '/v1/audio/speech'],
    ['DELETE', '/api/delete'],
  ] as const) {
    const asked = await ask(fixture, path, '', method);
    fixture.ticker.pass(1000);
    assert.ok(await isSilent(asked), path);
    asked.receiver.head(200, []);
    asked.receiver.end();
    assert.equal(await asked.whole(), true);
  }
});

test('does not begin an answer while the question is on its way', async (t) => {
  const fixture = await startPassThrough(t);
  const outgoing = request({ port: fixture.port, path: '/v1/chat/completions', method: 'POST' });
  outgoing.write('{"messages":[');
  const arrived = await fixture.arrival();
  while (arrived.bytes === 0) await turn();
  fixture.ticker.pass(1000);
  outgoing.end('],"stream":true}');
  await arrived.ended;
  fixture.ticker.pass(SILENCE.stream - 1);
  fixture.ticker.pass(1);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
  outgoing.destroy();
});

test('speaks between events and lines, and nowhere else', async (t) => {
  const cases: [name: string, head: string[], said: string[], sign: string][] = [
    ['behind an event', SSE, ['data: {"a":1}\n\n'], COMMENT],
    ['behind an event with CRLF', SSE, ['data: x\r\n\r\n'], COMMENT],
    ['behind an event in pieces', SSE, ['data: x', '\n', '\n'], COMMENT],
    ['behind an event with CRLF in pieces', SSE, ['data: x\r', '\n', '\r\n'], COMMENT],
    ['behind the head alone', SSE, [], COMMENT],
    ['within an event', SSE, ['event: x\n'], ''],
    ['within an event with CRLF', SSE, ['event: x\r\n'], ''],
    ['within a line of an event', SSE, ['data: {"a'], ''],
    ['behind a line', NDJSON, ['{"a":1}\n'], ' '],
    ['behind a line in pieces', NDJSON, ['{"a":1}', '\n'], ' '],
    ['behind the head of lines', NDJSON, [], ' '],
    ['within a line', NDJSON, ['{"a":1}\n{'], ''],
    ['in a type that is no stream', ['content-type', 'application/json'], ['{"a":1}\n'], ''],
    ['without a type', [], ['a\n\n'], ''],
  ];
  const fixture = await startPassThrough(t);
  for (const [name, head, said, sign] of cases) {
    await t.test(name, async () => {
      const asked = await ask(fixture, '/v1/chat/completions', STREAMED);
      asked.receiver.head(200, head);
      for (const chunk of said) asked.receiver.data(Buffer.from(chunk));
      await asked.until(said.join(''));
      fixture.ticker.pass(SILENCE.stream - 1);
      fixture.ticker.pass(1);
      await asked.until(said.join('') + sign);
      fixture.ticker.pass(SILENCE.stream);
      await asked.until(said.join('') + sign + sign);
      asked.receiver.data(Buffer.from('rest'));
      asked.receiver.end();
      assert.equal(await asked.whole(), true);
      assert.equal(asked.text(), `${said.join('')}${sign}${sign}rest`);
    });
  }
});

test('a token ends the silence', async (t) => {
  const { ticker, asked } = await begin(t, '/api/chat');
  asked.receiver.head(200, NDJSON);
  let said = '';
  for (let token = 0; token < 5; token++) {
    ticker.pass(SILENCE.stream - 1);
    asked.receiver.data(Buffer.from('{}\n'));
    said += '{}\n';
  }
  asked.receiver.end();
  await asked.whole();
  assert.equal(asked.text(), said);
});

test('an answer with a length, and one to HEAD, are left alone', async (t) => {
  const fixture = await startPassThrough(t);
  const sized = await ask(fixture, '/api/chat');
  sized.receiver.head(200, [...NDJSON, 'content-length', '6']);
  sized.receiver.data(Buffer.from('{}\n'));
  fixture.ticker.pass(1000);
  sized.receiver.data(Buffer.from('{}\n'));
  sized.receiver.end();
  assert.equal(await sized.whole(), true);
  assert.equal(sized.text(), '{}\n{}\n');
  const bodiless = await ask(fixture, '/api/chat', '', 'HEAD');
  bodiless.receiver.head(200, NDJSON);
  fixture.ticker.pass(1000);
  bodiless.receiver.end();
  assert.equal(await bodiless.whole(), true);
});

test('says nothing to a client that takes nothing', async (t) => {
  const fixture = await startPassThrough(t);
  const outgoing = request({ port: fixture.port, path: '/api/chat', method: 'POST' });
  outgoing.end('{}');
  const { receiver } = await fixture.arrival();
  receiver.head(200, NDJSON);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]; // nobody reads it
  const line = `${'x'.repeat(64 * 1024 * 1024)}\n`;
  receiver.data(Buffer.from(line));
  fixture.ticker.pass(1000);
  receiver.end();
  let received = 0;
  for await (const chunk of response) received += (chunk as Buffer).length;
  assert.equal(received, line.length);
});

test('forgets an answer whose client went away', async (t) => {
  const { ticker, asked } = await begin(t, '/api/chat');
  ticker.pass(SILENCE.stream);
  await asked.response;
  asked.outgoing.destroy();
  while (asked.resets.length === 0) await turn();
  assert.deepEqual(asked.resets, ['cancelled']);
  assert.equal(ticker.members.size, 0);
});
