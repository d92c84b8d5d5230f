import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readForm, TestBrowser } from '../../apps/relay/src/accounts/embedded/test-browser.ts';
import { SENTENCE } from '../../dev/engine/write-model.ts';
import { RunningProgram } from './running-program.ts';
import type { TestStack } from './test-stack.ts';

/** Starts a bridge that was installed in some way, with its arguments; its output is piped. */
export type StartBridge = (args: readonly string[]) => ChildProcess;

/** What a bridge is for, from `login` to Ctrl-C, done by a program that was installed in some way. */
export async function doMainJob(stack: TestStack, start: StartBridge): Promise<void> {
  await signIn(stack, start);
  const bridge = new RunningProgram(start(['up', '--engine-url', stack.stack.engine.url.origin]));
  try {
    await bridge.prints(/^online /m);
    await assertAnswers(stack);
    const status = new RunningProgram(start(['status', '--json']));
    assert.equal(await status.exitCode(), 0, status.output);
    assert.match(status.output, /"state":"online"/);
    bridge.interrupt();
    assert.equal(await bridge.exitCode(), 0, bridge.output);
  } finally {
    await bridge.kill();
  }
}

/** `login`: a person confirms its code in a browser. */
export async function signIn(stack: TestStack, start: StartBridge): Promise<void> {
  const { url } = stack.stack;
  const login = new RunningProgram(start(['login', '--relay', url]));
  try {
    await login.prints(/Waiting…/);
    const [address = ''] = /http\S+/.exec(login.output) ?? [];
    const browser = new TestBrowser();
    const code = await readForm(await browser.open(address));
    const confirm = await readForm(await browser.open(code.action, code.fields));
    const page = await browser.follow(await browser.open(confirm.action, confirm.fields), `${url}/oidc/`);
    const { action, fields } = await readForm(page.response);
    await browser.follow(await browser.open(action, { ...fields, password: stack.password }), `${url}/oidc/`);
    assert.equal(await login.exitCode(), 0, login.output);
  } finally {
    await login.kill();
  }
}

/** An answer of the engine comes through the relay and the bridge that is up. */
export async function assertAnswers(stack: TestStack): Promise<void> {
  const response = await fetch(`${stack.stack.url}/ollama/api/chat`, {
    method: 'POST',
    headers: { ...stack.authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'tiny-demo', messages: [{ role: 'user', content: 'Hello?' }] }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const lines = text.split('\n').filter(Boolean);
  // as: Ollama's
  const words = lines.map((line) => (JSON.parse(line) as { message: { content: string } }).message.content);
  assert.equal(words.join(''), SENTENCE);
}
