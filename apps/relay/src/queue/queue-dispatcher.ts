import type { ChatRequest } from '@cloudtolocalllm/protocol';
import type { FastifyBaseLogger } from 'fastify';
import type { BridgePresence } from '../bridges/bridge-directory.ts';
import type { BridgeLink, BridgeLinks, ChatReply } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';
import type { UserEvents } from '../fabric/user-events.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { HeldAnswers } from './held-answers.ts';
import { iso } from './iso-time.ts';
import { Lane, type Sent } from './lane.ts';
import { CUT_OFF, endOfError, EXPIRED, failed, type QueueEnd, RELAY_STOPPED, SILENT } from './queue-end.ts';
import type { QueueLimits } from './queue-limits.ts';
import { payloadOf, type QueueStore } from './queue-store.ts';
import type { QueueWriter } from './queue-writer.ts';
import { QueuedAnswer } from './queued-answer.ts';
import { tell } from './tell-bridge.ts';

export interface DispatcherOptions {
  database: RelayDatabase;
  store: QueueStore;
  writer: QueueWriter;
  answers: HeldAnswers;
  links: Pick<BridgeLinks, 'ofUser'> & Pick<BridgePresence, 'get'>;
  events: Pick<UserEvents, 'publish'>;
  log: Pick<FastifyBaseLogger, 'error'>;
  limits: QueueLimits;
  /** Milliseconds since 1970. */
  clock: () => number;
}

export interface MessageKey {
  id: string;
  userId: string;
  bridgeId: string;
}

/** Sends each bridge its messages, one after the other, and stores what it says of them. */
export class QueueDispatcher {
  readonly #options: DispatcherOptions;
  /** Bridges that have something in the database: a report of any other costs no query. */
  readonly #wanted = new Set<string>();
  readonly #lanes = new Map<string, Lane>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  lane(userId: string, bridgeId: string): Lane {
    // By both: whoever asks with another's bridge gets a lane of their own, in which nothing is.
    const key = laneKey(userId, bridgeId);
    let lane = this.#lanes.get(key);
    if (!lane) this.#lanes.set(key, (lane = new Lane(userId, bridgeId)));
    return lane;
  }

  /** There is something for this bridge, or may be. */
  want(bridgeId: string): void {
    this.#wanted.add(bridgeId);
  }

  /** A bridge came, reported or went: it may be somebody's turn. */
  look(userId: string, bridgeId: string): void {
    if (this.#isClosed || !this.#wanted.has(bridgeId)) return;
    const lane = this.lane(userId, bridgeId);
    if (lane.isDue) return;
    lane.isDue = true;
    const work = async (): Promise<void> => {
      lane.isDue = false;
      await this.#next(lane);
    };
    lane.run(work).then(
      () => this.#tidy(lane),
      (err: unknown) => {
        if (this.#isClosed) return;
        this.#options.log.error({ err, bridgeId }, 'Cannot give a bridge its message');
        this.#lookLater(lane);
      },
    );
  }

  /** Ends one that a bridge has, and tells the bridge. */
  giveUp(lane: Lane, sent: Sent, end: QueueEnd): void {
    if (sent.answer.end) return;
    tell(sent.link, 'chat_cancel', sent.answer.id);
    this.#end(lane, sent, end);
  }

  /** Ends one that its bridge was not sent on this link. In its lane. */
  async endStored(key: MessageKey, end: QueueEnd): Promise<void> {
    const row = await this.#options.store.get(key.userId, key.bridgeId, key.id);
    if (row === undefined || row.ended !== null) return;
    const answer = this.#options.answers.get(key.id) ?? new QueuedAnswer(row);
    await this.#options.database.batch([
      this.#options.store.ended(key.id, { ...this.#stored(end), last_seq: answer.log.last + 1 }),
    ]);
    this.want(key.bridgeId);
    this.lane(key.userId, key.bridgeId).toldLink = undefined; // it may hold this one
    answer.end = end;
    answer.close();
    this.publish(key);
    this.look(key.userId, key.bridgeId);
  }

  /** Ends what a connected bridge was sent and did not begin in time, or has said nothing of for too long. */
  giveUpOverdue(): void {
    const now = this.#options.clock();
    for (const lane of this.#lanes.values()) {
      const { sent } = lane;
      this.#tidy(lane);
      if (!sent || sent.answer.end) continue;
      const { answer, heardAt } = sent;
      if (answer.status === 'queued' && answer.expires <= iso(now)) this.giveUp(lane, sent, EXPIRED);
      else if (answer.status === 'running' && now - heardAt > this.#options.limits.silentMs)
        this.giveUp(lane, sent, SILENT);
    }
  }

  /** What bridges keep goes on after the restart; of the rest, what was said is kept. Resolves when nothing runs here. */
  async close(): Promise<void> {
    const cut: Promise<void>[] = [];
    for (const lane of this.#lanes.values()) {
      const { sent } = lane;
      if (sent?.answer.status !== 'running' || sent.answer.accepted) continue;
      this.giveUp(lane, sent, RELAY_STOPPED);
      cut.push(sent.answer.closed);
    }
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(cut);
    await Promise.all([...this.#lanes.values()].map((lane) => lane.settled()));
  }

  publish({ userId, bridgeId, id }: MessageKey): void {
    this.#options.events.publish(userId, { type: 'bridge_message', bridgeId, messageId: id });
  }

  async #next(lane: Lane): Promise<void> {
    if (this.#isClosed || lane.sent) return;
    const link = this.#linkOf(lane);
    if (!link) return;
    if (lane.toldLink !== link) {
      await this.#tellForgotten(link);
      lane.toldLink = link;
    }
    const row = await this.#options.store.next(lane, this.#now());
    if (row === undefined) {
      this.#wanted.delete(lane.bridgeId);
      return;
    }
    if (row.status === 'running' && row.accepted === 0) {
      return this.endStored({ id: row.id, userId: lane.userId, bridgeId: lane.bridgeId }, CUT_OFF);
    }
    // What was begun is asked for again whatever its engine does; the rest waits for an engine that answers.
    const isReady = this.#options.links.get(lane.bridgeId)?.report?.ollamaStatus === 'connected';
    if (row.status === 'running' || isReady) this.#send(lane, link, this.#options.answers.hold(row));
  }

  #send(lane: Lane, link: BridgeLink, answer: QueuedAnswer): void {
    const sent: Sent = { answer, link, heardAt: this.#options.clock(), replies: undefined };
    const { model, messages, stream = true, options } = payloadOf(answer);
    const payload: ChatRequest['payload'] = { model, messages, stream, ...(options && { options }), queued: true };
    lane.sent = sent;
    try {
      sent.replies = link.request(
        { type: 'chat_request', id: answer.id, timestamp: this.#now(), payload },
        { message: (reply) => this.#heard(lane, sent, reply), lost: () => this.#lost(lane, sent) },
      );
    } catch (error) {
      lane.sent = undefined;
      this.#options.answers.release(answer);
      if (!(error instanceof RelayError)) throw error;
      // It went away in this moment, or too much waits for it.
      if (this.#linkOf(lane)) this.#lookLater(lane);
    }
  }

  #heard(lane: Lane, sent: Sent, reply: ChatReply): void {
    const { answer } = sent;
    if (this.#isClosed || lane.sent !== sent || answer.end) return;
    sent.heardAt = this.#options.clock();
    let hasBegun = false;
    switch (reply.type) {
      case 'chat_accepted':
        hasBegun = answer.accept();
        break;
      case 'chat_chunk': {
        const { content, thinking = '' } = reply.payload;
        const { text, thinking: thought } = answer.log;
        if (text.length + thought.length + content.length + thinking.length > this.#options.limits.answerCharacters) {
          const limit = this.#options.limits.answerCharacters.toLocaleString('en');
          return this.giveUp(lane, sent, failed('engine_error', `The answer is longer than ${limit} characters.`));
        }
        hasBegun = answer.say(reply.payload);
        break;
      }
      case 'chat_complete':
        answer.complete();
        return this.#end(lane, sent, {
          status: 'complete',
          totalTokens: reply.payload.totalTokens ?? answer.pieces,
        });
      case 'chat_error':
        return this.#end(lane, sent, endOfError(reply.payload));
    }
    this.#options.writer.changed(answer);
    if (!hasBegun) return;
    // Without an acceptance only the relay knows that it must not run again.
    if (!answer.accepted) void this.#options.writer.flush();
    this.publish(answer);
  }

  #lost(lane: Lane, sent: Sent): void {
    const { answer } = sent;
    if (this.#isClosed || lane.sent !== sent || answer.end) return;
    if (answer.status === 'running' && !answer.accepted) return this.#end(lane, sent, CUT_OFF);
    lane.sent = undefined;
    // Whoever takes it up again reads it from the database.
    void lane.run(() => this.#options.writer.flush()).then(() => this.#options.answers.release(answer));
  }

  #end(lane: Lane, sent: Sent, end: QueueEnd): void {
    sent.answer.end = end; // nothing more is heard of it
    void this.#storeEnd(lane, sent, end);
  }

  /** Stores how it ended; then listeners, devices and the bridge are told, and the next one has its turn. Never rejects. */
  async #storeEnd(lane: Lane, sent: Sent, end: QueueEnd): Promise<void> {
    const { answer, link, replies } = sent;
    const { store, writer, answers } = this.#options;
    const texts = { content: answer.log.text, thinking: answer.log.thinking, last_seq: answer.log.last + 1 };
    // Also a bridge that was not heard may have it; one that is away will be told when it is back.
    const accepted = this.#linkOf(lane) === link ? 0 : 1;
    try {
      await writer.finish(answer, store.ended(answer.id, { ...this.#stored(end), ...texts, accepted }));
      answer.close();
      answers.release(answer);
      this.want(lane.bridgeId);
      tell(link, 'chat_received', answer.id);
      this.publish(answer);
      lane.sent = undefined;
      this.look(lane.userId, lane.bridgeId);
    } catch {
      // Logged by the writer. What bridges keep can be had again.
      answers.drop(answer);
      lane.sent = undefined;
      this.#lookLater(lane);
    } finally {
      replies?.[Symbol.dispose]();
    }
  }

  #stored(end: QueueEnd) {
    const error = 'error' in end ? end.error : undefined;
    return {
      status: end.status,
      ended: this.#now(),
      total_tokens: 'totalTokens' in end ? end.totalTokens : null,
      error_code: error?.code ?? null,
      error_message: error?.message ?? null,
    };
  }

  /** What ended while this bridge was away, it need not keep. */
  async #tellForgotten(link: BridgeLink): Promise<void> {
    const ids = await this.#options.store.unforgotten(link.bridgeId);
    if (ids.length === 0) return;
    for (const id of ids) {
      tell(link, 'chat_cancel', id);
      tell(link, 'chat_received', id);
    }
    await this.#options.store.forgotten(ids);
  }

  #linkOf({ userId, bridgeId }: Lane): BridgeLink | undefined {
    return this.#options.links.ofUser(userId).find((link) => link.bridgeId === bridgeId);
  }

  #tidy(lane: Lane): void {
    if (lane.isIdle && !this.#linkOf(lane)) this.#lanes.delete(laneKey(lane.userId, lane.bridgeId));
  }

  #lookLater(lane: Lane): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.look(lane.userId, lane.bridgeId);
    }, this.#options.limits.retryMs).unref();
    this.#timers.add(timer);
  }

  #now(): string {
    return iso(this.#options.clock());
  }
}

function laneKey(userId: string, bridgeId: string): string {
  return `${bridgeId} ${userId}`;
}
