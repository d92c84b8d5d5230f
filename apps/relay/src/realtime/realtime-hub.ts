import { Heartbeat, REALTIME_CLOSE } from '@cloudtolocalllm/protocol';
import type { WebSocket } from 'ws';
import type { User } from '../accounts/rights.ts';
import type { UserEvents } from '../fabric/user-events.ts';
import type { Held } from '../keys/active-keys.ts';
import { AnswerEvents, type LiveAnswer } from './answer-events.ts';
import type { ReadChange } from './change-reader.ts';
import type { DeviceHost } from './device-host.ts';
import { type Device, DeviceSocket } from './device-socket.ts';
import { REALTIME_LIMITS, type RealtimeLimits } from './limits.ts';
import { UserFeeds } from './user-feeds.ts';

/** Between looks at slow sockets and at their tokens. */
const PATROL_MS = 5_000;

/** Less often than a bridge: a phone's radio sleeps between. */
const PING_MS = 10_000;

export interface RealtimeHubOptions {
  events: UserEvents;
  read: ReadChange;
  /** Finds answers; the relay's generations. */
  generations: {
    find(userId: string, conversationId: string, messageId: string): LiveAnswer | undefined;
    runningIn(userId: string, conversationId: string): readonly LiveAnswer[];
  };
  /** Whose token this is. @throws RelayError */
  authenticate: (token: string) => Promise<User>;
  /** Holds what an API key keeps open. @throws RelayError when it was revoked a moment ago. */
  holdKey?: (keyId: string, held: Held) => void;
  /** A change could not be read. */
  onError: (error: unknown) => void;
  limits?: Partial<RealtimeLimits>;
}

/** The open sockets of people's devices. */
export class RealtimeHub implements DeviceHost, Disposable {
  readonly limits: RealtimeLimits;
  readonly answers = new AnswerEvents();
  readonly #options: RealtimeHubOptions;
  readonly #feeds: UserFeeds;
  readonly #devices = new Map<DeviceSocket, Disposable>();
  readonly #heartbeat = new Heartbeat({ pingMs: PING_MS });
  readonly #patrol: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: RealtimeHubOptions) {
    this.#options = options;
    this.limits = { ...REALTIME_LIMITS, ...options.limits };
    this.#feeds = new UserFeeds({ ...options, limits: this.limits });
    this.#patrol = setInterval(() => void this.look(performance.now()), PATROL_MS).unref();
  }

  /** Sockets that are open now. */
  get size(): number {
    return this.#devices.size;
  }

  /** Takes over the socket of an authenticated device; `after` is the last event that it saw when it was here before. */
  accept(
    webSocket: WebSocket,
    { after, ...device }: Omit<Device, 'feed'> & { after: string | undefined },
  ): DeviceSocket | undefined {
    if (this.#isClosed) {
      webSocket.on('error', () => {}).close(REALTIME_CLOSE.restarting, 'the relay restarts');
      return undefined;
    }
    const taken = this.#feeds.take(device.user.id);
    const socket = new DeviceSocket(webSocket, { ...device, feed: taken.feed }, this);
    this.#devices.set(socket, taken);
    this.#heartbeat.add(socket);
    socket.begin(after);
    return socket;
  }

  /** Ends sockets that don't read and those whose token no longer counts; the hub does so by itself every few seconds. */
  async look(now: number): Promise<void> {
    for (const device of this.#devices.keys()) device.look(now);
    await Promise.all([...this.#devices.keys()].map((device) => device.recheck()));
  }

  /** Whether one of this person's devices shows this conversation now. */
  isWatched(userId: string, conversationId: string): boolean {
    for (const device of this.#devices.keys()) {
      if (device.userId === userId && device.isFor(conversationId)) return true;
    }
    return false;
  }

  /** All of this person's is being removed: their devices begin anew, and what they were told is forgotten. */
  dropUser(userId: string): void {
    for (const device of this.#devices.keys()) {
      if (device.userId === userId) device.close(REALTIME_CLOSE.erased, 'everything of this account is deleted');
    }
    this.#feeds.drop(userId);
  }

  /** Tells every device that the relay restarts. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearInterval(this.#patrol);
    for (const device of this.#devices.keys()) device.close(REALTIME_CLOSE.restarting, 'the relay restarts');
    this.#heartbeat[Symbol.dispose]();
    this.#feeds[Symbol.dispose]();
  }

  // DeviceHost

  authenticate(token: string): Promise<User> {
    return this.#options.authenticate(token);
  }

  holdKey(keyId: string, socket: WebSocket, end: () => void): boolean {
    const isOpen = (): boolean => socket.readyState === socket.OPEN;
    const held: Held = {
      get destroyed() {
        return !isOpen();
      },
      destroy: end,
      once: (event, listener) => socket.once(event, listener),
    };
    try {
      this.#options.holdKey?.(keyId, held);
      return true;
    } catch {
      return false;
    }
  }

  runningIn(userId: string, conversationId: string): readonly LiveAnswer[] {
    return this.#options.generations.runningIn(userId, conversationId);
  }

  findAnswer(userId: string, conversationId: string, messageId: string): LiveAnswer | undefined {
    return this.#options.generations.find(userId, conversationId, messageId);
  }

  left(device: DeviceSocket): void {
    this.#heartbeat.remove(device);
    this.#devices.get(device)?.[Symbol.dispose]();
    this.#devices.delete(device);
  }
}
