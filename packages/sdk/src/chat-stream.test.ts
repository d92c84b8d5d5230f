import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import type { ChatEvent } from '@cloudtolocalllm/protocol';
import { ApiError } from './api-error.ts';
import { chatStream, type ChatStreamOptions } from './chat-stream.ts';
import { createClient } from './client.ts';
import { answerJson, collect, readBody, startTestServer } from './test-server.ts';
import { createTransport } from './transport.ts';

const MESSAGE = 'msg-1';
const EVENTS: ChatEvent[] = [
  { type: 'start', messageId: MESSAGE, seq: 1 },
  ...Array.from('The light is on at home.', (content, index): ChatEvent => ({
    type: 'chunk',
    content,
    seq: index + 2,
  })),
  { type: 'complete', messageId: MESSAGE, totalTokens: 24, seq: 26 },
];

/** Sends the events after `after`, and cuts the socket after `count` of them, or inside the next. */
function sendEvents(response: ServerResponse, after: number, count: number): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const events = EVENTS.filter((event) => (event.seq ?? 0) > after);
  const text = events
    .slice(0, count)
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
  if (events.length <= count) return void response.end(text);
  response.write(`${text}{"type":"chu`, () => setImmediate(() => response.destroy()));
}

async function follow(listener: RequestListener, options: Partial<ChatStreamOptions> = {}): Promise<ChatEvent[]> {
  await using server = await startTestServer(listener);
  const transport = createTransport({ baseUrl: server.url, token: () => 'token' });
  const stream = chatStream({
    open: () => transport.stream('POST', '/messages', { body: {}, signal: options.signal }),
    resume: ({ messageId, after }) => transport.stream('GET', `/events/${messageId}`, { query: { after } }),
    wait: async () => {},
    ...options,
  });
  return await collect(stream);
}

const afterOf = (url = ''): number => Number(new URL(url, 'http://relay').searchParams.get('after'));

describe('chatStream', () => {
  it('gives every event once and in order although the connection is cut after each', async () => {
    const events = await follow((request, response) => {
      if (request.method === 'POST') sendEvents(response, 0, 3);
      else sendEvents(response, afterOf(request.url), 1);
    });
    assert.deepEqual(events, EVENTS);
  });

  it('drops what a relay replays although it was seen', async () => {
    const events = await follow((request, response) =>
      sendEvents(response, request.method === 'POST' ? 0 : 3, request.method === 'POST' ? 7 : 100),
    );
    assert.deepEqual(events, EVENTS);
  });

  it('passes on a telling that begins anew, and goes on from there', async () => {
    const [start, ...rest] = EVENTS;
    const anew: ChatEvent[] = [start!, { type: 'chunk', content: 'The light', seq: 2 }];
    const tries = [EVENTS.slice(0, 9), anew, rest.slice(1)];
    const asked: number[] = [];
    const events = await follow((request, response) => {
      if (request.method === 'GET') asked.push(afterOf(request.url));
      response.end((tries.shift() ?? []).map((event) => `${JSON.stringify(event)}\n`).join(''));
    });
    assert.deepEqual(asked, [9, 2]);
    assert.deepEqual(events, [...EVENTS.slice(0, 9), ...anew, ...rest.slice(1)]);
  });

  it('does not count a sign of life', async () => {
    const alive: ChatEvent = { type: 'status', status: 'generating' };
    const asked: number[] = [];
    await follow((request, response) => {
      if (request.method === 'GET') asked.push(afterOf(request.url));
      response.end(
        [EVENTS[0], alive, alive, ...(asked.length > 0 ? EVENTS.slice(1) : [])]
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(''),
      );
    });
    assert.deepEqual(asked, [1]);
  });

  it('counts the events of a relay that does not number them', async () => {
    const asked: number[] = [];
    const events = await follow((request, response) => {
      response.writeHead(200);
      if (request.method === 'POST')
        response.end('{"type":"start","messageId":"msg-1"}\n{"type":"chunk","content":"a"}\n');
      else {
        asked.push(afterOf(request.url));
        response.end('{"type":"chunk","content":"b"}\n{"type":"complete","messageId":"msg-1","totalTokens":2}\n');
      }
    });
    assert.deepEqual(asked, [2]);
    assert.deepEqual(
      events.map((event) => event.type),
      ['start', 'chunk', 'chunk', 'complete'],
    );
  });

  it('ends with the error event of a failed generation', async () => {
    const failed = { type: 'error', messageId: MESSAGE, error: 'engine_error', message: 'no', code: 502, seq: 2 };
    const events = await follow((_, response) =>
      response.end(`${JSON.stringify(EVENTS[0])}\n${JSON.stringify(failed)}\n`),
    );
    assert.deepEqual(events, [EVENTS[0], failed]);
  });

  it('asks a question again when nobody knows whether it was accepted: with the same key and the same body', async () => {
    const asked: string[] = [];
    await using server = await startTestServer(async (request, response) => {
      asked.push(`${String(request.headers['idempotency-key'])} ${await readBody(request)}`);
      if (asked.length === 1) request.socket.destroy();
      else if (asked.length === 2) {
        // Head and no event: it was accepted, and cut.
        response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders();
        setImmediate(() => response.destroy());
      } else sendEvents(response, 0, 100);
    });
    const client = createClient({ baseUrl: server.url, token: () => 'token' });
    assert.deepEqual(await collect(client.messages.send('conv-1', 'Hello')), EVENTS);
    assert.equal(asked.length, 3);
    assert.match(asked[0]!, /^[0-9a-f-]{36} \{"content":"Hello","stream":true\}$/);
    assert.equal(new Set(asked).size, 1);
  });

  it('waits for its own first try, when that is still running', async () => {
    let requests = 0;
    const events = await follow((_, response) => {
      requests += 1;
      if (requests > 1) return sendEvents(response, 0, 100);
      response.setHeader('retry-after', '1');
      answerJson(response, { error: 'conflict', message: 'still running', code: 409 }, 409);
    });
    assert.deepEqual(events, EVENTS);
  });

  it('does not ask again what the relay refused', async () => {
    for (const [status, error] of [
      [409, 'conflict'],
      [429, 'rate_limited'],
      [503, 'bridge_offline'],
    ] as const) {
      let requests = 0;
      const refused = follow((_, response) => {
        requests += 1;
        answerJson(response, { error, message: 'no', code: status }, status);
      });
      await assert.rejects(refused, (thrown: unknown) => thrown instanceof ApiError && thrown.code === error);
      assert.equal(requests, 1);
    }
  });

  it('goes on from a replace, whose number may be lower than what was seen', async () => {
    const [start, ...rest] = EVENTS;
    const replace: ChatEvent = { type: 'replace', messageId: MESSAGE, content: 'The', seq: 4 };
    const tries: ChatEvent[][] = [EVENTS.slice(0, 9), [replace], rest.slice(3)];
    const asked: number[] = [];
    const events = await follow((request, response) => {
      if (request.method === 'GET') asked.push(afterOf(request.url));
      response.end((tries.shift() ?? []).map((event) => `${JSON.stringify(event)}\n`).join(''));
    });
    assert.deepEqual(asked, [9, 4]);
    assert.deepEqual(events, [start, ...EVENTS.slice(1, 9), replace, ...rest.slice(3)]);
  });

  it('passes on thinking, tool calls and what it does not know, each once', async () => {
    const lines = [
      EVENTS[0],
      { type: 'thinking', content: 'Hm.', seq: 2 },
      { type: 'tool_call', toolCall: { name: 'light', arguments: { on: true } }, seq: 3 },
      { type: 'of the future', seq: 4 },
      { type: 'complete', messageId: MESSAGE, totalTokens: 1, seq: 5 },
    ];
    const events = await follow((request, response) => {
      const after = request.method === 'POST' ? 0 : afterOf(request.url) - 1; // one too early
      const some = lines.slice(after, request.method === 'POST' ? 4 : undefined);
      response.end(some.map((event) => `${JSON.stringify(event)}\n`).join(''));
    });
    assert.deepEqual(events, lines);
  });

  it('gives up after the bounded number of tries', async () => {
    let resumes = 0;
    const cut = follow(
      (request, response) => {
        if (request.method === 'POST') return sendEvents(response, 0, 2);
        resumes += 1;
        request.socket.destroy();
      },
      { retry: { resumes: 4 } },
    );
    await assert.rejects(cut, (error: unknown) => error instanceof ApiError && error.shouldRetry());
    assert.equal(resumes, 4);
  });

  it('does not try again what the relay refuses for good', async () => {
    let resumes = 0;
    const refused = follow((request, response) => {
      if (request.method === 'POST') return sendEvents(response, 0, 2);
      resumes += 1;
      answerJson(response, { error: 'not_found', message: 'gone', code: 404 }, 404);
    });
    await assert.rejects(refused, (error: unknown) => error instanceof ApiError && error.code === 'not_found');
    assert.equal(resumes, 1);
  });

  it('takes a connection that says nothing for dead, and goes on', async () => {
    const events = await follow(
      (request, response) => {
        if (request.method === 'POST') response.writeHead(200).write(`${JSON.stringify(EVENTS[0])}\n`);
        else sendEvents(response, afterOf(request.url), 100);
      },
      { silenceLimitMs: 50 },
    );
    assert.deepEqual(events, EVENTS);
  });

  it('ends with the reason of its signal, and closes the connection', async () => {
    const controller = new AbortController();
    let closed: Promise<void> | undefined;
    await using server = await startTestServer((_, response) => {
      closed = new Promise((resolve) => response.on('close', resolve));
      response.writeHead(200).write(`${JSON.stringify(EVENTS[0])}\n`);
    });
    const client = createClient({ baseUrl: server.url, token: () => 'token' });
    await assert.rejects(async () => {
      for await (const event of client.messages.send('conv-1', 'Hello', { signal: controller.signal })) {
        assert.equal(event.type, 'start');
        controller.abort(new Error('closed by the person'));
      }
    }, /closed by the person/);
    await closed;
  });

  it('sends the question and asks for the events of the message the relay named', async () => {
    const seen: string[] = [];
    await using server = await startTestServer(async (request, response) => {
      seen.push(`${request.method} ${request.url} ${await readBody(request)}`);
      sendEvents(response, afterOf(request.url), request.method === 'POST' ? 2 : 100);
    });
    const client = createClient({ baseUrl: server.url, token: () => 'token' });
    assert.deepEqual(await collect(client.messages.send('conv-1', 'Hello')), EVENTS);
    assert.deepEqual(seen, [
      'POST /api/chat/conversations/conv-1/messages {"content":"Hello","stream":true}',
      'GET /api/chat/conversations/conv-1/messages/msg-1/events?after=2 ',
    ]);
  });
});
