import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange, ExchangeReceiver } from '@cloudtolocalllm/protocol';
import type { ForwardedExchange } from '../engines/forwarded-exchange.ts';
import { Activity } from './activity.ts';

function setUp() {
  const clock = { now: 1_000_000 };
  const activity = new Activity(() => clock.now);
  return { activity, clock };
}

const line = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

test('knows of a request when, where, which model, how much, how fast; no query and no word of its content', () => {
  const { activity, clock } = setUp();
  const request = activity.began({ method: 'POST', path: '/api/chat?secret=1' });
  request.answered(200);
  for (let piece = 0; piece < 5; piece++) {
    request.wrote(line({ model: 'tiny:latest', message: { content: `zebra "eval_count":99` }, done: false }));
    clock.now += 100;
  }
  assert.deepEqual(activity.view.now[0]?.speed, { tokensPerSecond: 10, isCounted: false });
  assert.equal(activity.view.now[0]?.model, 'tiny:latest');
  request.wrote(line({ model: 'tiny:latest', done: true, eval_count: 50, eval_duration: 2_000_000_000 }));
  request.ended();
  request.ended('cancelled');
  const { now, lately, totals } = activity.view;
  assert.deepEqual(now, []);
  const { bytes, ...rest } = lately[0]!;
  assert.ok(bytes > 400);
  assert.deepEqual(rest, {
    id: 1,
    startedAt: 1_000_000,
    method: 'POST',
    path: '/api/chat',
    model: 'tiny:latest',
    engine: undefined,
    status: 200,
    durationMs: 500,
    speed: { tokensPerSecond: 25, isCounted: true },
    error: undefined,
  });
  assert.deepEqual(totals, { since: 1_000_000, requests: 1, failed: 0, bytes });
  assert.doesNotMatch(JSON.stringify(activity.view), /zebra|secret/);
});

test('finds the figures of each kind of engine, wherever the reads were torn', () => {
  const { activity, clock } = setUp();
  const cases: [path: string, last: string, speed: number][] = [
    ['/api/generate', `{"context":[${'1,'.repeat(5000)}1],"eval_count":30,"eval_duration":1000000000}\n`, 30],
    ['/v1/chat/completions', 'data: {"usage":{"prompt_tokens":9,"completion_tokens":40}}\n\ndata: [DONE]\n\n', 20],
    ['/v1/chat/completions', 'data: {"choices":[],"timings":{"predicted_per_second":33.33}}\n\ndata: [DONE]\n\n', 33.3],
    ['/v1/messages', 'event: message_delta\ndata: {"usage":{"output_tokens": 60}}\n\n', 30],
  ];
  for (const [path, last, speed] of cases) {
    for (const cut of [0, 1, last.length - 25]) {
      const request = activity.began({ method: 'POST', path });
      for (let piece = 0; piece < 4; piece++) {
        request.wrote(Buffer.from('data: {"model":"m"}\n\n'));
        clock.now += 500;
      }
      request.wrote(Buffer.from(last.slice(0, cut)));
      request.wrote(Buffer.from(last.slice(cut)));
      request.ended();
      assert.deepEqual(
        activity.view.lately[0]?.speed,
        { tokensPerSecond: speed, isCounted: true },
        `${path} at ${cut}`,
      );
    }
  }
});

test('a text of the model is not taken for figures, an error or a name', () => {
  const { activity, clock } = setUp();
  const request = activity.began({ method: 'POST', path: '/api/chat' });
  const content = '","eval_count":7,"eval_duration":1,"model":"x"}\n{"error":';
  for (let piece = 0; piece < 5; piece++) {
    request.wrote(line({ model: 'real', message: { content } }));
    clock.now += 250;
  }
  request.ended();
  const [{ model, speed, error } = {}] = activity.view.lately;
  assert.deepEqual([model, speed, error], ['real', { tokensPerSecond: 4, isCounted: false }, undefined]);
});

test('takes the model from how an answer begins, never from what may be content', () => {
  const { activity } = setUp();
  const answers: [start: string, model: string | undefined][] = [
    ['data: {"id":"x","object":"chunk","created":17,"model":"qwen3","choices":[]}', 'qwen3'],
    ['event: message_start\ndata: {"type":"message_start","message":{"id":"1","type":"message","model":"q"}}', 'q'],
    ['data: {"type":"response.created","response":{"id":"1","created_at":17,"model":"q"}}', 'q'],
    ['{"message":{"content":"","arguments":{"model":"my secret"}},"model":"q"}', undefined],
    ['"model":"my secret"', undefined],
    ['', undefined],
  ];
  for (const [start] of answers) {
    const request = activity.began({ method: 'POST', path: '/api/chat' });
    request.wrote(Buffer.from(start));
    request.ended();
  }
  assert.deepEqual(
    activity.view.lately.toReversed().map(({ model }) => model),
    answers.map(([, model]) => model),
  );
});

test('says how a request failed', () => {
  const { activity } = setUp();
  activity.began({ method: 'POST', path: '/api/pull' }).ended('policy_denied');
  const status = activity.began({ method: 'POST', path: '/api/chat' });
  status.answered(500);
  status.ended();
  const inStream = activity.began({ method: 'POST', path: '/api/chat' });
  inStream.answered(200);
  inStream.wrote(line({ message: { content: 'a' } }));
  inStream.wrote(line({ error: 'out of memory' }));
  inStream.ended();
  activity.began({ method: 'POST', path: '/api/chat' }).ended('cancelled');
  const given = activity.began({ method: 'POST', path: '/api/chat' });
  given.wrote(line({ error: 'out of memory' }));
  given.ended('engine_failed');
  assert.deepEqual(
    activity.view.lately.map(({ error }) => error),
    ['engine_error', 'cancelled', 'engine_error', 'http_500', 'policy_denied'],
  );
  assert.equal(activity.view.totals.failed, 4);
});

test('keeps a hundred requests and twenty troubles, whatever a relay sends', () => {
  const { activity } = setUp();
  for (let count = 0; count < 500; count++) {
    activity.began({ method: 'M'.repeat(9999), path: `/${'\u001B'.repeat(9999)}` }).ended('policy_denied');
    activity.trouble(`${count} ${'x'.repeat(9999)}`);
  }
  activity.trouble('the same');
  activity.trouble('the same');
  const { lately, troubles, totals } = activity.view;
  assert.deepEqual([lately.length, troubles.length, totals.requests], [100, 20, 500]);
  assert.deepEqual([troubles[0]?.text, troubles[0]?.times], ['the same', 2]);
  const size = JSON.stringify(activity.view).length;
  assert.ok(size < 100_000, `${size} characters`);
  assert.ok(!JSON.stringify(activity.view).includes('u001b'));
});

test('observes an exchange from both ends, and changes nothing of it', () => {
  const { activity } = setUp();
  const did: unknown[] = [];
  const exchange: Exchange = {
    id: 7,
    head: (...args) => void did.push(['head', ...args]),
    write: (chunk) => (did.push(['write', chunk]), false),
    end: () => void did.push(['end']),
    reset: (...args) => void did.push(['reset', ...args]),
    consumed: (bytes) => void did.push(['consumed', bytes]),
  };
  let given: ForwardedExchange | undefined;
  const receiver: ExchangeReceiver = {
    data: (chunk) => void did.push(['data', chunk]),
    end: () => void did.push(['ended']),
    reset: (...args) => void did.push(['was reset', ...args]),
    drain: () => void did.push(['drain']),
  };
  const forward = activity.observed((_request, inner) => {
    given = inner;
    return receiver;
  });
  const open = () => forward({ method: 'POST', path: '/api/embed', headers: [] }, exchange);
  const received = open();
  const chunk = Buffer.from('x');
  received.data(chunk);
  received.end();
  given?.about?.({ model: 'm', engine: 'studio' });
  given?.head(200, ['a', 'b']);
  assert.equal(given?.write(chunk), false);
  received.drain?.();
  given?.consumed(5);
  given?.end();
  open().reset('cancelled', 'gone');
  open();
  given?.reset('engine_failed', 'broken');
  assert.deepEqual(did, [
    ['data', chunk],
    ['ended'],
    ['head', 200, ['a', 'b']],
    ['write', chunk],
    ['drain'],
    ['consumed', 5],
    ['end'],
    ['was reset', 'cancelled', 'gone'],
    ['reset', 'engine_failed', 'broken'],
  ]);
  assert.deepEqual(
    activity.view.lately.map(({ status, bytes, error, model, engine }) => [status, bytes, error, model, engine]),
    [
      [undefined, 0, 'engine_failed', undefined, undefined],
      [undefined, 0, 'cancelled', undefined, undefined],
      [200, 1, undefined, 'm', 'studio'],
    ],
  );
});
