import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodeColours, type ColouredCode } from './code-colours.ts';
import type { ColourAnswer, ColourRequest } from './colour-messages.ts';

/** A worker that answers when it is told to. */
function fakeWorker() {
  const requests: ColourRequest[] = [];
  let listener: (event: { data: ColourAnswer }) => void = () => {};
  return {
    requests,
    answer: (answer: ColourAnswer) => listener({ data: answer }),
    start: () => ({
      postMessage: (request: ColourRequest) => void requests.push(request),
      // as: the one listener there is takes messages.
      addEventListener: (_type: string, added: unknown) => void (listener = added as typeof listener),
    }),
  };
}

const line = (text: string) => ({ length: text.length, tokens: [{ at: 0, text }] });

test('asks for one thing at a time, and then for the newest', () => {
  const worker = fakeWorker();
  const colours = createCodeColours(worker.start);
  const seen: ColouredCode[] = [];
  const session = colours.open('json', (code) => seen.push(code));
  session.colour('a\n', false);
  session.colour('a\nb\n', false);
  session.colour('a\nb\nc', true);
  assert.equal(worker.requests.length, 1);
  worker.answer({ id: 1, from: 0, lines: [line('a')], isWhole: false });
  assert.equal(worker.requests.length, 2);
  assert.deepEqual(worker.requests[1], { type: 'colour', id: 1, language: 'json', text: 'a\nb\nc', isWhole: true });
  worker.answer({ id: 1, from: 1, lines: [line('b'), line('c')], isWhole: true });
  assert.deepEqual(seen.at(-1), { text: 'a\nb\nc', lines: [line('a'), line('b'), line('c')] });
  assert.deepEqual(colours.known('json', 'a\nb\nc'), [line('a'), line('b'), line('c')]);
  assert.equal(colours.known('json', 'a'), undefined);
});

test('starts no worker before there is code, and hears nothing after the end', () => {
  const worker = fakeWorker();
  let started = 0;
  const colours = createCodeColours(() => {
    started += 1;
    return worker.start();
  });
  const session = colours.open('json', () => assert.fail('it has ended'));
  assert.equal(started, 0);
  session.colour('1', true);
  session.close();
  worker.answer({ id: 1, from: 0, lines: [line('1')], isWhole: true });
  assert.equal(started, 1);
  assert.equal(worker.requests.at(-1)?.type, 'forget');
});
