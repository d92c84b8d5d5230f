import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '@cloudtolocalllm/protocol';
import { CONTINUED_GAP, EventLog } from './event-log.ts';

const START = { messageId: 'msg-1', userMessageId: 'msg-0' };

/** Tells the log what to say, and returns what it has to answer. */
function play(log: EventLog, said: readonly string[]): ChatEvent[] {
  const expected: ChatEvent[] = [];
  for (const [index, piece] of said.entries()) {
    const kind = piece.slice(0, 1);
    const content = piece.slice(1);
    if (kind === 't') log.chunk(content);
    else if (kind === 'r') log.thought(content);
    else if (kind === 'c') log.called({ name: content, arguments: { index } });
    else log.status(content === 'queued' ? 'queued' : 'loading');
    const event: Record<string, ChatEvent> = {
      t: { type: 'chunk', content },
      r: { type: 'thinking', content },
      c: { type: 'tool_call', toolCall: { name: content, arguments: { index } } },
      s: { type: 'status', status: content === 'queued' ? 'queued' : 'loading' },
    };
    expected.push({ ...event[kind]!, seq: log.last }); // one of the four
    assert.deepEqual(log.at(log.last), expected.at(-1), 'the newest one, at once');
  }
  return expected;
}

const everything = (log: EventLog): ChatEvent[] =>
  Array.from({ length: log.last - log.first + 1 }, (_, index) => log.at(log.first + index));

for (const said of [
  ['ta', 'tb', 'tc'],
  ['squeued', 'sloading', 'rHm', 'r, well', 'tSo', 't be', 't it'],
  ['ra', 'tb', 'rc', 'td', 're', 'rf', 'tg', 'th'],
  ['ra', 'sloading', 'rb', 'cweather', 'rc', 'ctime', 'td', 'cmore', 'te'],
  ['cfirst', 'tGrüße 🦙', 'r日本', 't🦙'],
]) {
  test(`replays every event as it was: ${said.join(' ')}`, () => {
    const log = new EventLog(START);
    const expected: ChatEvent[] = [{ type: 'start', ...START, seq: 1 }, ...play(log, said)];
    assert.deepEqual(everything(log), expected);
    log.end({ type: 'complete', messageId: 'msg-1', totalTokens: 1 });
    expected.push({ type: 'complete', messageId: 'msg-1', totalTokens: 1, seq: expected.length + 1 });
    assert.deepEqual(everything(log), expected);
    const of = (kind: string): string => said.flatMap((piece) => (piece[0] === kind ? [piece.slice(1)] : [])).join('');
    assert.deepEqual([log.text, log.thinking], [of('t'), of('r')]);
    assert.deepEqual(
      log.toolCalls.map(({ name }) => name),
      said.flatMap((piece) => (piece[0] === 'c' ? [piece.slice(1)] : [])),
    );
  });
}

test('goes on with an answer behind every number that may have been sent, beginning with what it says', () => {
  const call = { name: 'weather', arguments: {} };
  const before = { content: 'So', thinking: 'Hm', toolCalls: [call], lastSeq: 7 };
  const log = new EventLog(START, before);
  const first = 7 + CONTINUED_GAP;
  const expected: ChatEvent[] = [
    { type: 'start', ...START, seq: first },
    { type: 'replace', messageId: 'msg-1', content: 'So', thinking: 'Hm', toolCalls: [call], seq: first + 1 },
    ...play(log, ['t far', 'r!', 't.']),
  ];
  assert.equal(log.first, first);
  assert.deepEqual(everything(log), expected);
  assert.deepEqual([log.text, log.thinking], ['So far.', 'Hm!']);
  assert.deepEqual(log.whole(9), {
    type: 'replace',
    messageId: 'msg-1',
    content: 'So far.',
    thinking: 'Hm!',
    toolCalls: [call],
    seq: 9,
  });
});

test('goes on with an answer that said nothing', () => {
  const log = new EventLog({ messageId: 'msg-1' }, { content: '', thinking: '', toolCalls: [], lastSeq: 3 });
  const first = 3 + CONTINUED_GAP;
  const expected: ChatEvent[] = [
    { type: 'start', messageId: 'msg-1', seq: first },
    { type: 'replace', messageId: 'msg-1', content: '', seq: first + 1 },
    ...play(log, ['rHm', 'tYes']),
  ];
  assert.deepEqual(everything(log), expected);
});
