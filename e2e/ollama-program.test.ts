import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { Ollama } from 'ollama';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { Connected } from './support/connected.ts';
import { createOllamaModel } from './support/create-ollama-model.ts';
import { findOllamaProgram, OllamaProgram, type CommandEnd } from './support/ollama-program.ts';
import { RunningProgram } from './support/running-program.ts';
import { TestStack, until } from './support/test-stack.ts';

const program = findOllamaProgram();
const WHY = 'NOT RUN: there is no ollama in PATH, and OLLAMA_PROGRAM names none';
if (program === undefined)
  process.stderr.write(`${WHY}: the command ollama against connect, a real Ollama as engine\n`);

/** Without what the clock changes between two looks: times, and the frames of what turns while one waits. */
function steady({ code, stdout, stderr }: CommandEnd): CommandEnd {
  const plain = (text: string): string =>
    stripVTControlCharacters(text)
      .replaceAll(/[\u2800-\u28ff] */g, '')
      .replaceAll(/\S+ \w+ (?:ago|from now)|Less than a second \w+( now)?/g, 'TIME');
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}

/** Several computers' models are one list, in an order of its own. */
function inOrder(end: CommandEnd): CommandEnd {
  return { ...end, stdout: end.stdout.split('\n').toSorted().join('\n') };
}

describe('the command ollama at connect, with a real Ollama at home', { skip: program === undefined && WHY }, () => {
  let ollama: OllamaProgram;
  let stack: TestStack;
  let here: Connected;
  before(async () => {
    ollama = await OllamaProgram.start(program ?? '');
    await createOllamaModel(ollama.url, 'tiny-demo', {});
    await createOllamaModel(ollama.url, 'endless', { endless: true });
    await createOllamaModel(ollama.url, 'embeds', { withoutEmbeddings: false });
    stack = await TestStack.start({ engine: ollama.url });
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
    here = await Connected.start(stack, 'second');
  });
  after(async () => {
    await here?.[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
    await ollama?.[Symbol.asyncDispose]();
  });

  const there = (...args: string[]): Promise<CommandEnd> => ollama.run(here.url, ...args);
  const straight = (...args: string[]): Promise<CommandEnd> => ollama.run(ollama.url.href, ...args);
  const api = (url: string): Ollama => new Ollama({ host: url });
  const loaded = async () => (await api(ollama.url.href).ps()).models.filter(({ name }) => name === 'tiny-demo:latest');

  it('says the very same as at the Ollama itself', async () => {
    await straight('run', 'tiny-demo', 'hi');
    for (const args of [
      ['list'],
      ['show', 'tiny-demo'],
      ['show', 'tiny-demo', '--modelfile'],
      ['show', 'embeds', '--verbose'],
      ['show', 'nothing'],
      ['ps'],
      ['run', 'tiny-demo', 'hi'],
      ['run', 'embeds', 'some words'],
      ['stop', 'nothing'],
      ['--version'],
    ]) {
      assert.deepEqual(inOrder(steady(await there(...args))), inOrder(steady(await straight(...args))), args.join(' '));
    }
    assert.match((await there('run', 'tiny-demo', 'hi', '--nowordwrap')).stdout, new RegExp(SENTENCE));
  });

  it('shows in plain words what the policy at home denies', async () => {
    for (const args of [
      ['pull', 'tiny-demo'],
      ['rm', 'tiny-demo'],
      ['cp', 'tiny-demo', 'other'],
      ['push', 'tiny-demo'],
      ['run', 'nothing', 'hi'],
    ]) {
      const { code, stderr } = await there(...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, /Error: .*policy/i, args.join(' '));
      assert.doesNotMatch(stderr, /something went wrong|panic/, args.join(' '));
    }
    assert.ok((await straight('list')).stdout.includes('tiny-demo'));
  });

  it('talks at a terminal', async () => {
    const child = ollama.atTerminal(here.url, 'run', 'tiny-demo');
    const terminal = new RunningProgram(child);
    await terminal.prints(/>>> /);
    child.stdin?.write('hi\r');
    await terminal.prints(new RegExp(SENTENCE.split(' ')[0] ?? ''));
    child.stdin?.write('/bye\r');
    assert.equal(await terminal.exitCode(), 0);
  });

  it('keeps a model in memory for as long as it was asked to', async () => {
    const ask = (keepAlive: string | number) =>
      api(here.url).generate({ model: 'tiny-demo', prompt: 'hi', keep_alive: keepAlive });
    await ask(-1);
    const [forGood] = await loaded();
    assert.ok(new Date(forGood!.expires_at).getFullYear() > 2100, String(forGood!.expires_at)); // it is loaded
    await ask('5m');
    const [short] = await loaded();
    assert.ok(new Date(short!.expires_at).getTime() < Date.now() + 301_000); // as above
    await ask(0);
    await until('it is out of memory', 20_000, async () => (await loaded()).length === 0);
    assert.equal((await there('run', 'tiny-demo', 'hi', '--keepalive', '1h')).code, 0);
    assert.match((await there('ps')).stdout, /tiny-demo.*(hour|minutes) from now/);
  });

  it('stops the answer in Ollama when it is interrupted', async () => {
    const child = ollama.start(here.url, 'run', 'endless', 'go on');
    await once(child.stdout!, 'data'); // as: it has a pipe
    child.kill('SIGINT');
    const next = await api(here.url).generate({ model: 'endless', prompt: 'hi', options: { num_predict: 3 } });
    assert.equal(next.done, true);
  });

  it('says why when the relay is away, and when the sign-in is over', async () => {
    await using out = await Connected.start(stack, 'out', {
      credentials: { accessToken: 'c2l-no-token', refreshToken: undefined },
    });
    for (const args of [['list'], ['ps'], ['run', 'tiny-demo', 'hi'], ['show', 'tiny-demo']]) {
      const { code, stderr } = await ollama.run(out.url, ...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, /Error: You were signed out.*cloudtolocalllm login/, args.join(' '));
    }
    await stack.stack.relay.kill();
    for (const args of [['list'], ['run', 'tiny-demo', 'hi']]) {
      const { code, stderr } = await there(...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, /Error: Cannot reach the relay at .*cloudtolocalllm doctor/, args.join(' '));
    }
    await stack.stack.startRelay();
    await stack.untilBridge({ status: 'connected' });
    assert.equal((await there('list')).code, 0);
  });
});
