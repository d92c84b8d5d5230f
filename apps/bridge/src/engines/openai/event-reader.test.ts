import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnswerFault, EventReader } from './event-reader.ts';

const LIMIT = 1024 * 1024;

/** What the reader makes of these pieces, one after the other. */
function eventsOf(pieces: Iterable<Buffer>): string[] {
  const events: string[] = [];
  const reader = new EventReader((data) => void events.push(data));
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return events;
}

function drops(text: string): Buffer[] {
  return Array.from(Buffer.from(text), (byte) => Buffer.from([byte]));
}

describe('the reader of events', () => {
  it('reads the same events whether they come at once or byte by byte', () => {
    const text =
      ': a comment\r\ndata: {"ü": "🔑"}\r\n\r\nid: 7\ndata:two\ndata: lines\n\n\nerror: {"code":500}\n\ndata: last, without an end';
    const expected = ['{"ü": "🔑"}', 'two\nlines', '{"code":500}', 'last, without an end'];
    assert.deepEqual(eventsOf([Buffer.from(text)]), expected);
    assert.deepEqual(eventsOf(drops(text)), expected);
  });

  it('looks at each drop of a dripping event once, not at all that has come before', (t) => {
    let searched = 0;
    const { includes, indexOf } = String.prototype;
    t.mock.method(String.prototype, 'includes', function (this: string, ...args: Parameters<typeof includes>) {
      searched += this.length;
      return includes.apply(this, args);
    });
    t.mock.method(String.prototype, 'indexOf', function (this: string, ...args: Parameters<typeof indexOf>) {
      searched += this.length - (args[1] ?? 0);
      return indexOf.apply(this, args);
    });
    const data = 'x'.repeat(20_000);
    const pieces = drops(`data: ${data}\n\n`);
    searched = 0;
    const events = eventsOf(pieces);
    const looked = searched;
    t.mock.restoreAll();
    assert.deepEqual(events, [data]);
    assert.ok(looked >= data.length && looked < 4 * data.length, `${looked} characters searched`);
  });

  it('gives up an event that does not end, in one line or in many, at once or dripping', () => {
    const long = 'x'.repeat(LIMIT + 1);
    const pieces: [string, Iterable<Buffer>][] = [
      ['one line', [Buffer.from(`data: ${long}\n\n`)]],
      ['a line that has not ended', [Buffer.from('data: '), Buffer.from(long)]],
      ['behind another event', [Buffer.from(`data: a\n\ndata: ${long}`)]],
      ['many lines', Array.from({ length: 1100 }, () => Buffer.from(`data: ${'x'.repeat(1000)}\n`))],
    ];
    for (const [how, bytes] of pieces) assert.throws(() => eventsOf(bytes), AnswerFault, how);
    assert.deepEqual(eventsOf([Buffer.from(`data: ${'x'.repeat(LIMIT - 100)}\n\n`)])[0]?.length, LIMIT - 100);
  });
});
