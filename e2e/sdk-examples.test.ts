import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { Example } from './support/example.ts';
import { TcpProxy } from './support/tcp-proxy.ts';
import { TestStack } from './support/test-stack.ts';

/** Holds nothing by itself. */
const SHARED = 'connect.ts';

describe("the SDK's examples", () => {
  let stack: TestStack;
  const run = new Set<string>();
  before(async () => {
    stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '100'] });
  });
  after(() => stack[Symbol.asyncDispose]());

  function start(file: string, url = stack.stack.url): Example {
    run.add(file);
    return new Example(file, { RELAY_URL: url, TOKEN: stack.tokens.accessToken, MODEL: 'tiny-demo' });
  }

  it('chat: prints the answer as it comes, and goes on where it was after the network was cut', async () => {
    const port = Number(new URL(stack.stack.url).port);
    await using network = await TcpProxy.start(() => port);
    const example = start('chat.ts', `http://127.0.0.1:${network.port}`);
    await example.prints(/^\S+ \S+ /);
    network.cut();
    const output = await example.ended();
    assert.ok(output.startsWith(`${SENTENCE}\n`), output);
    assert.match(output, /\n\d+ tokens\n$/);
    assert.match(example.errors, /is lost\n(.*\n)*the connection is live\n$/);
  });

  it('queue: leaves a question for a computer that is switched off, and prints the answer when it is back', async () => {
    await stack.stack.bridge?.stop();
    await stack.untilBridge({ status: 'disconnected' });
    const example = start('queue.ts');
    await example.prints(/^queued; .* is disconnected\n/);
    await stack.stack.startBridge();
    const output = await example.ended();
    assert.ok(output.endsWith(`\n${SENTENCE}\ncomplete\n`), output);
  });

  it('gateway: reaches the engine with its own API', async () => {
    const output = await start('gateway.ts').ended();
    const { url } = stack.stack;
    assert.match(output, new RegExp(`^OLLAMA_HOST=${url}/ollama OPENAI_BASE_URL=${url}/v1\n200 \\{`));
    assert.ok(output.includes(SENTENCE), output);
  });

  it('take along: exports everything and skips it when it is imported again', async () => {
    const output = await start('take-along.ts').ended();
    assert.match(output, /^Exported: application\/json/);
    assert.match(output, /\ncomplete: 0 imported, [1-9]\d* skipped, of [1-9]\d*\n$/);
  });

  it('watch: tells what happens to the computers, over a restart of the relay, until it is ended', async () => {
    const example = start('watch.ts');
    await example.prints(/ is connected\n/);
    await stack.stack.bridge?.stop();
    await example.prints(/ is disconnected\n/);
    await stack.stack.relay.kill();
    await stack.stack.startRelay();
    await stack.stack.startBridge();
    await example.prints(/ is disconnected\n(.*\n)*.* is connected\n/);
    example.interrupt();
    assert.match(await example.ended(), /Goodbye\.\n$/);
  });

  it('lend: makes a proxy with limits, and ends it', async () => {
    const output = await start('lend.ts').ended();
    assert.match(output, /^OPENAI_BASE_URL=http:\/\/\S+\/v1\nOPENAI_API_KEY=\S+\n/);
    assert.match(output, /\n0 requests until now; it ends at \d{4}-\S+Z\nterminated: deleted\n$/);
  });

  it("OpenAI's client: asks through a proxy of its own", async () => {
    assert.equal(await start('openai-client.ts').ended(), SENTENCE);
    const { proxies } = await stack.client.proxies.list();
    assert.ok(proxies.length > 0);
    assert.ok(proxies.every(({ status }) => status === 'terminated'));
  });

  it('failures: gets another token, and tells what cannot be', async () => {
    assert.equal(await start('failures.ts').ended(), '404 not_found false\nError: The person has left.\n');
  });

  it('are all run here', async () => {
    const files = await readdir(new URL('../packages/sdk/examples/', import.meta.url));
    assert.deepEqual(new Set(files.filter((file) => file !== SHARED)), run);
  });
});
