import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { LocalUserEvents, type UserEvent } from '../fabric/user-events.ts';
import type { Told } from './change-reader.ts';
import { REALTIME_LIMITS, type RealtimeLimits } from './limits.ts';
import { bridgeRemoved } from './test-changes.ts';
import { UserFeed } from './user-feed.ts';
import { UserFeeds } from './user-feeds.ts';

/** A feed whose reads the test answers. */
function feedOf(t: TestContext, limits: Partial<RealtimeLimits> = {}) {
  const events = new LocalUserEvents();
  const reads: { event: UserEvent; answer: (told: Told | undefined) => void; fail: (error: Error) => void }[] = [];
  const errors: unknown[] = [];
  const options = {
    userId: 'ada',
    events,
    read: (_userId: string, event: UserEvent) => {
      const { promise, resolve, reject } = Promise.withResolvers<Told | undefined>();
      reads.push({ event, answer: resolve, fail: reject });
      return promise;
    },
    limits: { ...REALTIME_LIMITS, ...limits },
    onError: (error: unknown) => errors.push(error),
  };
  const feed = new UserFeed(options);
  t.after(() => feed[Symbol.dispose]());
  const publish = (event: UserEvent): void => events.publish('ada', event);
  return { feed, options, events, reads, errors, publish };
}

const conversation = (conversationId: string): UserEvent => ({ type: 'conversation', conversationId });
const deleted = (conversationId: string): UserEvent => ({
  type: 'conversation_deleted',
  conversationId,
  undoUntil: '2026-01-01T00:00:00.000Z',
});

describe('UserFeed', () => {
  it('reads one change after the other, and once for what changes while others are read', async (t) => {
    const { feed, reads, publish } = feedOf(t);
    for (const id of ['a', 'b', 'b', 'c', 'b']) publish(conversation(id));
    assert.deepEqual(
      reads.map(({ event }) => event),
      [conversation('a')],
    );
    publish(conversation('a')); // changed again while it is read: what was read may be old
    for (let index = 0; index < 4; index++) {
      reads[index]?.answer(bridgeRemoved(index));
      await setImmediate();
    }
    assert.deepEqual(
      reads.map(({ event }) => event),
      ['a', 'b', 'c', 'a'].map(conversation),
    );
    assert.equal(feed.ring.last, 4);
  });

  it('tells a deletion after what happened before, and a return after the deletion', async (t) => {
    const { reads, publish } = feedOf(t);
    publish(conversation('first'));
    publish(conversation('a'));
    publish(deleted('a'));
    publish(conversation('b'));
    publish(conversation('a'));
    for (let index = 0; index < 3; index++) {
      reads[index]?.answer(undefined);
      await setImmediate();
    }
    // The deletion that was undone before anybody was told of it never happened.
    assert.deepEqual(
      reads.map(({ event }) => event),
      ['first', 'b', 'a'].map(conversation),
    );
  });

  it('says nothing of what is gone', async (t) => {
    const { feed, reads, publish } = feedOf(t);
    publish(conversation('a'));
    reads[0]?.answer(undefined);
    await setImmediate();
    assert.equal(feed.ring.last, 0);
  });

  it('begins a new epoch when a change could not be read, and goes on', async (t) => {
    const { feed, reads, errors, publish } = feedOf(t);
    const { epoch } = feed.ring;
    let told = 0;
    feed.follow(() => told++);
    publish(conversation('a'));
    reads[0]?.fail(new Error('no database'));
    await setImmediate();
    assert.equal(errors.length, 1);
    assert.equal(told, 1);
    assert.notEqual(feed.ring.epoch, epoch);
    publish(conversation('b'));
    reads[1]?.answer(bridgeRemoved(1));
    await setImmediate();
    assert.equal(feed.ring.last, 1);
  });

  it('holds no more than so many changes that wait, and then begins a new epoch', async (t) => {
    const { feed, reads, publish } = feedOf(t, { pendingChanges: 10 });
    const { epoch } = feed.ring;
    publish(conversation('first'));
    for (let index = 0; index < 11; index++) publish(conversation(`c${index}`));
    assert.notEqual(feed.ring.epoch, epoch);
    reads[0]?.answer(undefined);
    await setImmediate();
    assert.equal(reads.length, 1, 'those that waited are not read');
  });

  it('hears nothing of other people, and nothing more when it is closed', async (t) => {
    const { feed, events, reads, publish } = feedOf(t);
    events.publish('bob', conversation('his'));
    assert.equal(reads.length, 0);
    publish(conversation('a'));
    feed[Symbol.dispose]();
    publish(conversation('b'));
    reads[0]?.answer(bridgeRemoved(1));
    await setImmediate();
    assert.equal(reads.length, 1);
    assert.equal(feed.ring.last, 0);
  });
});

describe('UserFeeds', () => {
  it('keeps a feed for a while after the last device has gone', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { options } = feedOf(t);
    using feeds = new UserFeeds({ ...options, limits: { ...REALTIME_LIMITS, lingerMs: 1_000 } });
    const first = feeds.take('ada');
    const second = feeds.take('ada');
    assert.equal(first.feed, second.feed);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    t.mock.timers.tick(1_000);
    assert.equal(feeds.size, 1);
    second[Symbol.dispose]();
    t.mock.timers.tick(999);
    const third = feeds.take('ada');
    assert.equal(third.feed, first.feed);
    t.mock.timers.tick(1_000);
    assert.equal(feeds.size, 1);
    third[Symbol.dispose]();
    t.mock.timers.tick(1_000);
    assert.equal(feeds.size, 0);
    assert.notEqual(feeds.take('ada').feed, first.feed);
  });

  it('keeps only so many feeds without devices, the newest ones', (t) => {
    const { options } = feedOf(t);
    using feeds = new UserFeeds({ ...options, limits: { ...REALTIME_LIMITS, lingeringFeeds: 2 } });
    const [ada, ...others] = ['ada', 'bob', 'cleo'].map((userId) => feeds.take(userId));
    for (const taken of [ada, ...others]) taken?.[Symbol.dispose]();
    assert.equal(feeds.size, 2);
    assert.notEqual(feeds.take('ada').feed, ada?.feed);
  });
});
