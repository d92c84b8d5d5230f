import { type Pulse, REALTIME_CLOSE, type RealtimeCloseCode } from '@cloudtolocalllm/protocol';
import type { WebSocket } from 'ws';
import type { User } from '../accounts/rights.ts';
import { RelayError } from '../errors.ts';
import { FollowedAnswer, type LiveAnswer } from './answer-events.ts';
import { decodeDeviceMessage } from './device-message.ts';
import type { DeviceHost } from './device-host.ts';
import { MessageAllowance } from './message-allowance.ts';
import { answerIn, isTold, type Topic } from './topic.ts';
import type { UserFeed } from './user-feed.ts';

export interface Device {
  topic: Topic;
  user: User;
  token: string;
  feed: UserFeed;
}

/**
 * One socket of a device. Nothing is queued for it: it has places, in its person's feed and in the answers that it
 * follows, and goes on from there as fast as it reads.
 */
export class DeviceSocket implements Pulse {
  heardAt = performance.now();
  pingedAt: number | undefined;
  readonly #socket: WebSocket;
  readonly #host: DeviceHost;
  readonly #topic: Topic;
  readonly #feed: UserFeed;
  readonly #allowance: MessageAllowance;
  readonly #answers = new Map<string, FollowedAnswer>();
  #user: User;
  #token: string;
  #feeding: Disposable | undefined;
  #epoch: string;
  #place: number;
  #isGone = false;
  #isFull = false;
  /** Since when it has been full without taking anything, and how much waited then. */
  #stalledAt = 0;
  #stalledBytes = 0;

  constructor(socket: WebSocket, { topic, user, token, feed }: Device, host: DeviceHost) {
    this.#socket = socket;
    this.#host = host;
    this.#topic = topic;
    this.#user = user;
    this.#token = token;
    this.#feed = feed;
    this.#allowance = new MessageAllowance(host.limits, this.heardAt);
    this.#epoch = feed.ring.epoch;
    this.#place = feed.ring.last;
  }

  /** Whose device it is. */
  get userId(): string {
    return this.#user.id;
  }

  /** Whether it is there for this conversation. */
  isFor(conversationId: string): boolean {
    return this.#topic.type === 'chat' && this.#topic.conversationId === conversationId;
  }

  /** Bytes that wait in its socket. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Goes on after the last event that it saw when it was here before, if it was and if that can be told. */
  begin(after: string | undefined): void {
    this.#socket
      .on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary))
      .on('ping', (data: Buffer) => this.#pinged(data))
      .on('pong', () => (this.heardAt = performance.now()))
      .on('close', () => this.#leave())
      .on('error', () => {}); // the close event that follows says all that matters
    if (!this.#hold(this.#user)) return;
    this.#feeding = this.#feed.follow(this.#pump);
    if (after === undefined) this.#ready(false);
    else this.#resume(after);
    this.#followRunning();
    this.#pump();
  }

  close(code: RealtimeCloseCode, reason: string): void {
    this.#leave();
    this.#socket.close(code, reason);
  }

  // Pulse

  ping(): void {
    this.#socket.ping();
  }

  dead(): void {
    // On a slow line the answer waits behind what is being sent; that one is judged by how it drains.
    if (!this.#isFull) this.#socket.terminate();
  }

  /** Closes it when it has taken nothing for too long; `now` as `performance.now()`. */
  look(now: number): void {
    if (!this.#isFull) return;
    if (this.bufferedBytes < this.#stalledBytes) this.#noteFull(now);
    else if (now - this.#stalledAt >= this.#host.limits.stalledMs) this.#dropAsSlow();
  }

  /** Looks whether its token still lets it in; closes it when not. */
  async recheck(): Promise<void> {
    await this.#authenticate(this.#token);
  }

  async #renew(token: string): Promise<void> {
    await this.#authenticate(token);
    if (!this.#isGone && this.#token === token) this.#ready(false);
  }

  async #authenticate(token: string): Promise<void> {
    const before = this.#token;
    try {
      const user = await this.#host.authenticate(token);
      if (this.#isGone || this.#token !== before) return;
      if (user.id !== this.#user.id) return this.close(REALTIME_CLOSE.unauthorized, 'the token is of another person');
      if (user.key?.id !== this.#user.key?.id && !this.#hold(user)) return;
      this.#user = user;
      this.#token = token;
    } catch (error) {
      // When nobody can say now, it is asked again; and a newer token may have come meanwhile.
      const isRefused = error instanceof RelayError && error.status < 500;
      if (!isRefused || this.#isGone || this.#token !== before) return;
      this.close(REALTIME_CLOSE.unauthorized, 'the token has expired or was revoked');
    }
  }

  /** Ends it together with the API key that it came with; false when that is over already. */
  #hold({ key }: User): boolean {
    if (key === undefined) return true;
    const end = (): void => this.close(REALTIME_CLOSE.unauthorized, 'the API key was revoked');
    if (this.#host.holdKey(key.id, this.#socket, end)) return true;
    end();
    return false;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#isGone || !this.#takeAllowance()) return;
    try {
      const message = decodeDeviceMessage(data, isBinary);
      if (message?.type === 'authenticate') void this.#renew(message.payload.token);
      else if (message?.type === 'resume') this.#resume(message.payload.after);
      this.#pump();
    } catch (error) {
      this.close(REALTIME_CLOSE.protocolError, (error as Error).message); // as: nothing else is thrown here
    }
  }

  #pinged(data: Buffer): void {
    // Their answers wait in memory like anything else.
    if (!this.#isGone && this.#takeAllowance() && !this.#isFull) this.#socket.pong(data);
  }

  #takeAllowance(): boolean {
    this.heardAt = performance.now();
    if (this.#allowance.take(this.heardAt)) return true;
    this.close(REALTIME_CLOSE.protocolError, 'too many messages');
    return false;
  }

  #resume(after: string): void {
    const place = this.#feed.ring.placeOf(after);
    if (place === undefined) return this.#ready(true);
    this.#epoch = this.#feed.ring.epoch;
    this.#place = place;
    this.#ready(false);
  }

  /** Says where it stands. When something was missed it begins anew here, also with the answers that are being made. */
  #ready(missed: boolean): void {
    const { ring } = this.#feed;
    if (missed) {
      this.#epoch = ring.epoch;
      this.#place = ring.last;
      this.#followNone();
      this.#followRunning();
    }
    this.#send('ready', JSON.stringify({ missed }));
  }

  readonly #pump = (): void => {
    // What it has yet to hear is no longer kept: there is no use in waiting for it.
    if (this.#isFull && !this.#isGone && this.#feed.ring.after(this.#place) === 'lost') this.#dropAsSlow();
    while (!this.#isGone && !this.#isFull && this.#tellNext());
  };

  /** False when there is nothing to tell now. */
  #tellNext(): boolean {
    const { ring } = this.#feed;
    if (ring.epoch !== this.#epoch) {
      this.#ready(true);
      return true;
    }
    const entry = ring.after(this.#place);
    if (entry === 'none') return this.#tellAnswers();
    if (entry === 'lost') {
      this.#dropAsSlow();
      return false;
    }
    this.#place = entry.number;
    if (isTold(this.#topic, this.#user, entry.told)) {
      this.#write(entry.text);
      const messageId = answerIn(entry.told);
      if (messageId !== undefined) this.#followIn(messageId);
    }
    return true;
  }

  #tellAnswers(): boolean {
    for (const [messageId, answer] of this.#answers) {
      const payload = answer.next();
      if (payload !== undefined) {
        this.#send('chat_event', payload);
        return true;
      }
      if (!answer.isOver) continue;
      answer[Symbol.dispose]();
      this.#answers.delete(messageId);
    }
    return false;
  }

  #followRunning(): void {
    if (this.#topic.type !== 'chat') return;
    for (const answer of this.#host.runningIn(this.#user.id, this.#topic.conversationId)) this.#follow(answer);
  }

  #followIn(messageId: string): void {
    if (this.#topic.type !== 'chat') return;
    const answer = this.#host.findAnswer(this.#user.id, this.#topic.conversationId, messageId);
    if (answer !== undefined) this.#follow(answer);
  }

  #follow(answer: LiveAnswer): void {
    const { messageId } = answer.key;
    const followed = this.#answers.get(messageId);
    if (followed?.answer === answer) return;
    // More of an answer whose end it has yet to hear: that begins with all that was said.
    followed?.[Symbol.dispose]();
    this.#answers.set(messageId, new FollowedAnswer(answer, this.#host.answers, this.#pump));
  }

  #followNone(): void {
    for (const answer of this.#answers.values()) answer[Symbol.dispose]();
    this.#answers.clear();
  }

  /** What is no change of its own has the id of the change before it. */
  #send(type: 'ready' | 'chat_event', payload: string): void {
    const id = this.#feed.ring.idOf(this.#place);
    this.#write(`{"type":"${type}","id":"${id}","timestamp":"${new Date().toISOString()}","payload":${payload}}`);
  }

  #write(text: string): void {
    this.#socket.send(text, this.#written);
    if (this.#isFull || this.bufferedBytes < this.#host.limits.bufferedBytes) return;
    this.#isFull = true;
    this.#noteFull(performance.now());
  }

  readonly #written = (): void => {
    if (!this.#isFull || this.bufferedBytes >= this.#host.limits.bufferedBytes) return;
    this.#isFull = false;
    this.heardAt = performance.now(); // it reads, so it lives
    this.#pump();
  };

  #noteFull(now: number): void {
    this.#stalledAt = now;
    this.#stalledBytes = this.bufferedBytes;
  }

  #dropAsSlow(): void {
    this.close(REALTIME_CLOSE.slowConsumer, 'it did not read fast enough');
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#feeding?.[Symbol.dispose]();
    this.#followNone();
    this.#host.left(this);
  }
}
