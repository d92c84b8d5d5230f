import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { askForRelay } from './ask-for-relay.ts';
import { offerBrowser } from './offer-browser.ts';

const ENTER = '\r';
const CTRL_C = '\u0003';

/** A terminal on which the keys are pressed one after the other, each once what it waits for was said. */
function terminal(...keys: [after: RegExp, key: string][]) {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { columns: 100, rows: 30 });
  let said = '';
  output.on('data', (chunk: Buffer) => {
    said += stripVTControlCharacters(chunk.toString());
    if (!keys[0]?.[0].test(said)) return;
    said = '';
    const [, key] = keys.shift() ?? [];
    setImmediate(() => input.write(key)); // not while it still draws
  });
  return { input, output };
}

test('asks for the relay until it is the address of one', { timeout: 10_000 }, async () => {
  const question = /What is the address of your relay/;
  const refusal = /is not encrypted/;
  const answer = askForRelay(
    terminal(
      [question, 'http://relay.example'],
      [/http:\/\/relay\.example█/, ENTER],
      [refusal, '\b'.repeat(20) + 'relay.example'],
      [/│ {2}relay\.example█/, ENTER],
    ),
  );
  assert.equal(await answer, 'https://relay.example');
});

test('takes Ctrl-C for no sign-in', { timeout: 10_000 }, async () => {
  await assert.rejects(askForRelay(terminal([/What is/, CTRL_C])), { message: /given up/ });
});

test('opens the browser when asked to, and only pages', { timeout: 10_000 }, async () => {
  const opened: string[] = [];
  const open = async (address: string) => void opened.push(address);
  const options = () => ({ ...terminal([/Open it/, ENTER]), signal: new AbortController().signal, givenUp() {}, open });
  await offerBrowser('https://relay.example/oidc/device', options());
  for (const address of ['file:///etc/passwd', 'javascript:alert(1)', '-x', 'ms-settings:']) {
    const { output, ...rest } = options();
    await offerBrowser(address, { ...rest, output });
    output.end();
    assert.equal(await text(output), '', 'nothing is asked');
  }
  assert.deepEqual(opened, ['https://relay.example/oidc/device']);
});

test('ends its question when a phone was faster, and the sign-in at Ctrl-C', { timeout: 10_000 }, async () => {
  const faster = new AbortController();
  let given = 0;
  const open = () => assert.fail('nobody said yes');
  const { input, output } = terminal();
  output.once('data', () => setImmediate(() => faster.abort()));
  await offerBrowser('https://relay.example', { input, output, signal: faster.signal, givenUp: () => given++, open });
  assert.equal(given, 0);
  const pressed = terminal([/Open it/, CTRL_C]);
  await offerBrowser('https://relay.example', {
    ...pressed,
    signal: AbortSignal.any([]),
    givenUp: () => given++,
    open,
  });
  assert.equal(given, 1);
});
