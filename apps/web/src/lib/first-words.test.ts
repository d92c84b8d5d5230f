import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstWords } from './first-words.ts';

/** An engine that says these lines and then goes on for ever. */
function engine(lines: unknown[], status = 200) {
  const asked: { body: unknown; bridge: string | null; isOver: boolean }[] = [];
  const fetch = async (_: string | URL, { body, headers, signal }: RequestInit = {}): Promise<Response> => {
    // as: it is sent as text
    const one = { body: JSON.parse(body as string), bridge: new Headers(headers).get('x-bridge-id'), isOver: false };
    asked.push(one);
    signal?.addEventListener('abort', () => (one.isOver = true));
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (status !== 200) return new Response(text, { status });
    const stream = new ReadableStream<Uint8Array>({ start: (at) => at.enqueue(new TextEncoder().encode(text)) });
    return new Response(stream, { status });
  };
  let clock = 0;
  const ask = () =>
    firstWords({
      fetch,
      bridgeId: 'bridge-1',
      model: 'm',
      signal: new AbortController().signal,
      now: () => (clock += 50),
    });
  return { ask, asked };
}

test('measures the time to the first words on the computer that is meant, then lets the engine go', async () => {
  const { ask, asked } = engine([{ message: { content: '' } }, { message: { content: 'Hel' } }]);
  assert.equal(await ask(), 50);
  assert.partialDeepStrictEqual(asked, [{ bridge: 'bridge-1', isOver: true, body: { model: 'm', stream: true } }]);
});

test('thoughts are words too', async () => {
  assert.equal(await engine([{ message: { content: '', thinking: 'Hm' } }]).ask(), 50);
});

test('says what the engine says when it fails, in its stream or at once', async () => {
  await assert.rejects(engine([{ error: 'out of memory' }]).ask(), /out of memory/);
  await assert.rejects(engine([{ error: 'no such model' }], 404).ask(), /^ApiError: no such model$/);
});
