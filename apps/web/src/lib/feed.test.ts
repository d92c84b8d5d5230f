import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '@cloudtolocalllm/sdk';
import { createFeed, fedEvents } from './feed.ts';

const chunk = (content: string, seq: number): ChatEvent => ({ type: 'chunk', content, seq });
const START: ChatEvent = { type: 'start', messageId: 'msg-1', seq: 1 };
const COMPLETE: ChatEvent = { type: 'complete', messageId: 'msg-1', totalTokens: 1, seq: 9 };

async function read(events: ChatEvent[], rest: ChatEvent[] = [], isCut = false) {
  const feed = createFeed();
  for (const event of events) feed.offer(event);
  if (isCut) feed.cut();
  const asked: number[] = [];
  const read: ChatEvent[] = [];
  async function* after(seen: number) {
    asked.push(seen);
    yield* rest;
  }
  for await (const event of fedEvents(feed, after)) read.push(event);
  return { asked, text: read.map((event) => ('content' in event ? event.content : `<${event.type}>`)).join(' ') };
}

test('tells what the socket tells, each event once', async () => {
  const events = [START, chunk('a', 2), chunk('a', 2), chunk('b', 3), { ...COMPLETE, seq: 4 }];
  assert.deepEqual(await read(events), { asked: [], text: '<start> a b <complete>' });
});

test('asks for what came after the last event when one is missing', async () => {
  const { asked, text } = await read([START, chunk('a', 2), chunk('c', 4)], [chunk('b', 3), chunk('c', 4), COMPLETE]);
  assert.deepEqual({ asked, text }, { asked: [2], text: '<start> a b c <complete>' });
});

test('goes on from a replace, whatever its number is', async () => {
  const replace: ChatEvent = { type: 'replace', messageId: 'msg-1', content: 'so far', seq: 40 };
  assert.deepEqual(await read([replace, chunk('b', 41), { ...COMPLETE, seq: 42 }]), {
    asked: [],
    text: 'so far b <complete>',
  });
});

test('a socket that ends leaves the rest to be asked for', async () => {
  assert.deepEqual(await read([START], [COMPLETE], true), { asked: [1], text: '<start> <complete>' });
});
