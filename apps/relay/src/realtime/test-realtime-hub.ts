import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type ChatEvent, newId } from '@cloudtolocalllm/protocol';
import { FULL_RIGHTS, type User } from '../accounts/rights.ts';
import { EventLog } from '../chat/event-log.ts';
import { LocalUserEvents } from '../fabric/user-events.ts';
import { socketTaker } from '../socket-request.ts';
import type { LiveAnswer } from './answer-events.ts';
import type { DeviceSocket } from './device-socket.ts';
import { RealtimeHub, type RealtimeHubOptions } from './realtime-hub.ts';
import { bridgeIdOf } from './test-changes.ts';
import { TestDevice } from './test-device.ts';
import type { Topic } from './topic.ts';

export const ADA: User = { id: 'ada', rights: FULL_RIGHTS };
const conversationId = newId('conv');

/** An answer that the test makes. */
export class PlayedAnswer implements LiveAnswer {
  readonly key: LiveAnswer['key'];
  readonly first = 1;
  readonly log: EventLog;
  readonly listeners = new Set<() => void>();

  constructor(key: LiveAnswer['key'] = { userId: 'ada', conversationId, messageId: newId('msg') }) {
    this.key = key;
    this.log = new EventLog({ messageId: key.messageId });
  }

  get last(): number {
    return this.log.last;
  }
  get isEnded(): boolean {
    return this.log.ended;
  }
  event(seq: number): ChatEvent {
    return this.log.at(seq);
  }
  resume(): ReturnType<LiveAnswer['resume']> {
    const sent = this.isEnded ? this.last - 1 : this.last;
    return { sent, replace: this.log.whole(sent) };
  }
  follow(listener: () => void): Disposable {
    this.listeners.add(listener);
    return { [Symbol.dispose]: () => this.listeners.delete(listener) };
  }
  say(content: string): void {
    this.log.chunk(content);
    for (const listener of this.listeners) listener();
  }
  end(): void {
    this.log.end({ type: 'complete', messageId: this.key.messageId, totalTokens: 1 });
    for (const listener of this.listeners) listener();
  }
}

/** A hub behind real sockets, whose changes are `bridge_removed` with a number. */
export async function startHub(t: TestContext, options: Partial<RealtimeHubOptions> = {}) {
  const events = new LocalUserEvents();
  const running: PlayedAnswer[] = [];
  const hub = new RealtimeHub({
    events,
    read: async (_userId, event) => {
      if (event.type !== 'bridge_removed') throw new Error('Only bridges are removed here');
      return { type: event.type, payload: { bridgeId: event.bridgeId } };
    },
    generations: { find: () => undefined, runningIn: () => running },
    authenticate: async () => ADA,
    onError: (error) => assert.fail(String(error)),
    ...options,
  });
  const take = socketTaker({ maxPayload: 16 * 1024, autoPong: false });
  const devices: DeviceSocket[] = [];
  const server = createServer().on('upgrade', (request, socket, head) => {
    const { searchParams, pathname } = new URL(request.url ?? '', 'http://localhost');
    const topic: Topic = pathname === '/chat' ? { type: 'chat', conversationId } : { type: 'status' };
    const after = searchParams.get('after') ?? undefined;
    const open = (webSocket: Parameters<RealtimeHub['accept']>[0]) => {
      const device = hub.accept(webSocket, { topic, user: ADA, token: 'token', after });
      if (device) devices.push(device);
    };
    take(request, socket, head, { headers: {}, open });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as: it listens on a port
  const connected: TestDevice[] = [];
  t.after(() => {
    hub[Symbol.dispose]();
    for (const { socket } of connected) socket.terminate();
    server.close();
  });
  const connect = async (path = '/status'): Promise<TestDevice> => {
    const device = await TestDevice.connect(url + path, 'token');
    connected.push(device);
    return device;
  };
  let count = 0;
  const change = (): void => events.publish('ada', { type: 'bridge_removed', bridgeId: bridgeIdOf(++count) });
  return { hub, devices, running, events, connect, change };
}
