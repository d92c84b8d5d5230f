import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { ApiError } from './api-error.ts';
import { createClient, type Client, type ClientOptions } from './client.ts';
import { NdjsonError } from './ndjson.ts';
import { SdkError } from './sdk-error.ts';
import { SignInError } from './sign-in-error.ts';
import { answerJson, startTestServer } from './test-server.ts';

const BRIDGES = { bridges: [] };
const limited = (response: ServerResponse, retryAfter: string): void => {
  response.setHeader('retry-after', retryAfter);
  answerJson(response, { error: 'rate_limited', message: 'Slow down', code: 429 }, 429);
};
const failed =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof ApiError && error.code === code;

/** What a client's call does on a server that answers the first tries in these ways, and then well. */
async function tries(
  call: (client: Client) => Promise<unknown>,
  first: ((request: IncomingMessage, response: ServerResponse) => void)[],
  options: Partial<ClientOptions> = {},
): Promise<{ result: unknown; requests: number }> {
  let requests = 0;
  await using server = await startTestServer((request, response) => {
    const answer = first[requests++];
    if (answer === undefined) answerJson(response, BRIDGES);
    else answer(request, response);
  });
  const client = createClient({ baseUrl: server.url, token: 'token', ...options });
  const result = await call(client).catch((error: unknown) => error);
  return { result, requests };
}

const cut = (request: IncomingMessage): void => void request.socket.destroy();
const away = (_: IncomingMessage, response: ServerResponse): void =>
  void response.writeHead(503).end('<h1>Starting</h1>');

describe('trying again', () => {
  it('reads again after a cut, a relay that is away and a short wait that was asked for', async () => {
    const soon = (_: IncomingMessage, response: ServerResponse): void => limited(response, '0');
    const { result, requests } = await tries((client) => client.bridges.list(), [cut, away, soon]);
    assert.deepEqual([result, requests], [[], 4]);
  });

  it('throws at once when the relay asks for more time than the policy has', async () => {
    const hour = (_: IncomingMessage, response: ServerResponse): void => limited(response, '3600');
    const { result, requests } = await tries((client) => client.bridges.list(), [hour]);
    assert.ok(result instanceof ApiError && result.retryAfter === 3600);
    assert.equal(requests, 1);
  });

  it('never sends again what may have been done and has no key', async () => {
    for (const call of [
      (client: Client) => client.bridges.rename('bridge-1', 'Study'),
      (client: Client) => client.bridges.remove('bridge-1'),
      (client: Client) => client.models.load('bridge-1', 'tiny'),
    ]) {
      const { result, requests } = await tries(call, [cut]);
      assert.ok(failed('network_error')(result));
      assert.equal(requests, 1);
    }
  });

  it('deletes again what the relay has refused for now', async () => {
    const soon = (_: IncomingMessage, response: ServerResponse): void => limited(response, '0');
    const { result, requests } = await tries((client) => client.bridges.remove('bridge-1'), [soon]);
    assert.deepEqual([result, requests], [undefined, 2]);
  });

  it('can be switched off', async () => {
    const { result, requests } = await tries((client) => client.bridges.list(), [cut], { retry: { calls: 0 } });
    assert.ok(failed('network_error')(result));
    assert.equal(requests, 1);
  });

  it('ends at once when its signal is aborted between two tries', async () => {
    const controller = new AbortController();
    const { result, requests } = await tries(
      (client) => client.bridges.list({ signal: controller.signal }),
      [
        (_, response) => {
          response.once('close', () => setImmediate(() => controller.abort('left')));
          limited(response, '9');
        },
      ],
    );
    assert.deepEqual([result, requests], ['left', 1]);
  });

  it('takes the key that it is given, for programs that are started again', async () => {
    const keys: unknown[] = [];
    await tries(
      (client) => client.conversations.create({ model: 'tiny' }, { idempotencyKey: 'kept' }),
      [
        (request) => {
          keys.push(request.headers['idempotency-key']);
          cut(request);
        },
        (request, response) => {
          keys.push(request.headers['idempotency-key']);
          answerJson(response, { success: true, conversation: {} });
        },
      ],
    );
    assert.deepEqual(keys, ['kept', 'kept']);
  });
});

describe('the token', () => {
  it('may be a text', async () => {
    const { result } = await tries(
      (client) => client.account.me(),
      [(request, response) => answerJson(response, { seen: request.headers.authorization })],
      { token: 'c2l_secret' },
    );
    assert.deepEqual(result, { seen: 'Bearer c2l_secret' });
  });

  it('is in no error, also when it is not one that can be sent', async () => {
    for (const token of ['c2l_secret\n', 'c2l_secret with spaces', 'c2l_sécret', '']) {
      const { result, requests } = await tries((client) => client.account.me(), [], { token });
      assert.ok(failed('invalid_token')(result));
      assert.doesNotMatch(inspect(result, { depth: 10 }), /c2l_s/);
      assert.equal(requests, 0);
    }
    const refused = await tries((client) => client.account.me(), [cut, cut, cut, cut], { token: 'c2l_secret' });
    assert.doesNotMatch(inspect(refused.result, { depth: 10 }), /c2l_secret/);
  });

  it('that never comes does not hold up who has left', async () => {
    const client = createClient({ baseUrl: 'http://127.0.0.1:9', token: () => new Promise<string>(() => {}) });
    const controller = new AbortController();
    const waiting = client.account.me({ signal: controller.signal });
    controller.abort(new Error('left'));
    await assert.rejects(waiting, /left/);
  });
});

it('has one class above all of its errors', () => {
  const errors = [
    new ApiError('no', { status: 0, code: 'signed_out' }),
    new NdjsonError('truncated', 'no'),
    new SignInError('refused', 'no'),
  ];
  assert.deepEqual(
    errors.map((error) => [error instanceof SdkError, error.code]),
    [
      [true, 'signed_out'],
      [true, 'truncated'],
      [true, 'refused'],
    ],
  );
});
