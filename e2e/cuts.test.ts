import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { ollamaLines } from './support/ollama-lines.ts';
import { TcpProxy } from './support/tcp-proxy.ts';
import { TestStack } from './support/test-stack.ts';

const STREAMS = 20;
const CUTS = 100;
const TOKENS = 3000;

describe('a bad network between bridge and relay', () => {
  it('loses nothing and repeats nothing through 100 cuts under 20 streams', async () => {
    let relayPort = 0;
    await using proxy = await TcpProxy.start(() => relayPort);
    // The bridge reaches the relay through the proxy alone; the test's own requests go directly.
    await using stack = await TestStack.start({
      publicUrl: `http://localhost:${proxy.port}`,
      starting: (port) => (relayPort = port),
      engineArgs: ['--tokens-per-second', '120'],
    });
    let heard = 0;
    const streams = Array.from({ length: STREAMS }, async () => {
      const response = await fetch(`${stack.stack.url}/ollama/api/chat`, {
        method: 'POST',
        headers: { ...stack.authorization, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'tiny-demo-endless',
          messages: [{ role: 'user', content: 'Go on.' }],
          options: { num_predict: TOKENS },
        }),
      });
      assert.equal(response.status, 200);
      const words: string[] = [];
      let done = false;
      for await (const line of ollamaLines(response)) {
        if (line.done) done = true;
        else {
          words.push(line.message?.content ?? '');
          heard++;
        }
      }
      assert.ok(done, 'the answer has its last line');
      return words;
    });

    const ended = new AbortController();
    const finished = Promise.all(streams).finally(() => ended.abort());
    while (!ended.signal.aborted && proxy.cuts < CUTS) {
      // Where the answers are further than the cuts, on a busy machine, the next cut comes sooner.
      const isBehind = heard / (STREAMS * TOKENS) > proxy.cuts / CUTS;
      await sleep(Math.random() * (isBehind ? 50 : 400));
      proxy.cut();
    }
    const answers = await finished;
    assert.equal(proxy.cuts, CUTS, 'all cuts fell into running streams');

    for (const words of answers) {
      assert.equal(words.length, TOKENS);
      const text = words.join('');
      assert.equal(text, `${SENTENCE} `.repeat(TOKENS).slice(0, text.length));
    }
  });
});
