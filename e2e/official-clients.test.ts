import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as anthropicErrors from '@anthropic-ai/sdk';
import * as openaiErrors from 'openai';
import { clientsAt, officialClientTests, type WayIn } from './support/official-clients.ts';
import { TestStack } from './support/test-stack.ts';

const ENGINE_PACE = ['--tokens-per-second', '400'];
const QUESTION = [{ role: 'user' as const, content: 'Hello?' }];

function gateway({ stack }: TestStack, token: string): WayIn {
  return { openai: `${stack.url}/v1`, ollama: `${stack.url}/ollama`, anthropic: stack.url, token };
}

describe('official clients at the gateway', () => {
  let stack: TestStack;
  let secret = '';
  before(async () => {
    stack = await TestStack.start({ engineArgs: ENGINE_PACE });
    ({ secret } = await stack.client.keys.create({ name: 'clients', scopes: ['inference'] }));
  });
  after(() => stack[Symbol.asyncDispose]());

  officialClientTests(
    () => stack,
    () => gateway(stack, secret),
  );

  it("a key without the scope is refused in each client's own way", async () => {
    const { secret: chat } = await stack.client.keys.create({ name: 'chat', scopes: ['chat'] });
    const { openai, anthropic, ollama } = clientsAt(gateway(stack, chat));
    await assert.rejects(openai.models.list(), openaiErrors.PermissionDeniedError);
    await assert.rejects(
      anthropic.messages.create({ model: 'tiny-demo', max_tokens: 10, messages: QUESTION }),
      anthropicErrors.PermissionDeniedError,
    );
    await assert.rejects(ollama.list(), { name: 'ResponseError', status_code: 403 });
  });
});

describe('official clients at a proxy', () => {
  let stack: TestStack;
  let way: WayIn;
  before(async () => {
    stack = await TestStack.start({ engineArgs: ENGINE_PACE });
    const { endpoint, credentials } = await stack.client.proxies.create(await stack.bridgeId());
    way = { openai: `${endpoint}/v1`, ollama: endpoint, anthropic: endpoint, token: credentials.token };
  });
  after(() => stack[Symbol.asyncDispose]());

  officialClientTests(
    () => stack,
    () => way,
  );
});

describe('official clients when things go wrong', () => {
  it('say that the computer is offline, and that a limit is used up', async () => {
    await using stack = await TestStack.start({ bridge: false, relayEnv: { RATE_LIMIT_USER_PER_HOUR: '30' } });
    const { openai, anthropic, ollama } = clientsAt(gateway(stack, stack.tokens.accessToken));
    const chat = () => openai.chat.completions.create({ model: 'tiny-demo', messages: QUESTION });
    await assert.rejects(chat(), (error: unknown) => {
      assert.ok(error instanceof openaiErrors.InternalServerError, String(error));
      assert.equal(error.status, 503);
      assert.match(error.message, /offline/);
      return true;
    });
    await assert.rejects(
      anthropic.messages.create({ model: 'tiny-demo', max_tokens: 10, messages: QUESTION }),
      anthropicErrors.InternalServerError,
    );
    await assert.rejects(ollama.list(), { name: 'ResponseError', status_code: 503 });
    for (let count = 0; count < 30; count++) await chat().catch(() => {});
    await assert.rejects(chat(), (error: unknown) => {
      assert.ok(error instanceof openaiErrors.RateLimitError, String(error));
      assert.ok(Number(error.headers.get('retry-after')) > 0);
      return true;
    });
  });
});
