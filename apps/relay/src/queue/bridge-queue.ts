import { messageId } from '@cloudtolocalllm/protocol';
import type { FastifyBaseLogger } from 'fastify';
import type { BridgePresence } from '../bridges/bridge-directory.ts';
import type { BridgeLink, BridgeLinks, ChatReply } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';
import { DatabaseError } from '../storage/database-error.ts';
import type { UserEvents } from '../fabric/user-events.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { BridgeMessageRow } from '../storage/tables.ts';
import { HeldAnswers } from './held-answers.ts';
import { iso } from './iso-time.ts';
import { EXPIRED, NEVER_BACK, RELAY_STOPPED } from './queue-end.ts';
import { type MessageKey, QueueDispatcher } from './queue-dispatcher.ts';
import { QUEUE_LIMITS, type QueueLimits } from './queue-limits.ts';
import { type ListedRow, type QueuePayload, type QueueStore, queueStore } from './queue-store.ts';
import { QueueWriter } from './queue-writer.ts';
import type { QueuedAnswer } from './queued-answer.ts';
import { tell } from './tell-bridge.ts';

export interface BridgeQueueOptions {
  database: RelayDatabase;
  links: Pick<BridgeLinks, 'ofUser'> & Pick<BridgePresence, 'get'>;
  events: Pick<UserEvents, 'publish'>;
  log: Pick<FastifyBaseLogger, 'info' | 'error'>;
  limits?: Partial<QueueLimits>;
  /** Milliseconds since 1970. */
  clock?: () => number;
  tickMs?: number;
}

export interface NewMessage extends MessageKey {
  payload: QueuePayload;
  expiresInSeconds: number;
}

/**
 * Gives each bridge its messages: in their order, one at a time, sent again under the same id until the bridge has them.
 * The database knows all; in memory is only what a connected bridge was sent, and what somebody follows.
 */
export class BridgeQueue implements AsyncDisposable {
  readonly store: QueueStore;
  readonly #log: BridgeQueueOptions['log'];
  readonly #limits: QueueLimits;
  readonly #clock: () => number;
  readonly #writer: QueueWriter;
  readonly #answers: HeldAnswers;
  readonly #dispatcher: QueueDispatcher;
  readonly #timer: NodeJS.Timeout;
  #lookups = 0;
  #sweeping: Promise<void> | undefined;
  #isClosed = false;

  constructor({ database, links, events, log, limits, clock = Date.now, tickMs }: BridgeQueueOptions) {
    this.#log = log;
    this.#limits = { ...QUEUE_LIMITS, ...limits };
    this.#clock = clock;
    this.store = queueStore(database.kysely);
    const onError = (err: unknown): void => log.error({ err }, 'Cannot store answers of the queue');
    this.#writer = new QueueWriter(database, this.store, { onError, tickMs });
    this.#answers = new HeldAnswers(this.#writer);
    const { store } = this;
    const parts = { store, writer: this.#writer, answers: this.#answers, limits: this.#limits };
    this.#dispatcher = new QueueDispatcher({ database, links, events, log, clock, ...parts });
    this.#timer = setInterval(() => void this.sweep(), this.#limits.sweepMs).unref();
  }

  /** At boot: what bridges keep goes on when they are back; of the others, what was said is kept. */
  async recover(): Promise<void> {
    const count = await this.store.interruptUnaccepted(iso(this.#clock()), RELAY_STOPPED.error);
    for (const bridgeId of await this.store.bridges()) this.#dispatcher.want(bridgeId);
    if (count > 0) this.#log.info({ count }, 'Marked messages of the queue as interrupted');
  }

  /** Stores a message; resolves when it is committed. @throws RelayError queue_full, payload_too_large, shutting_down */
  async add({ id, userId, bridgeId, payload, expiresInSeconds }: NewMessage): Promise<BridgeMessageRow> {
    if (this.#isClosed) throw shuttingDown();
    const text = JSON.stringify(payload);
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#limits.payloadBytes) {
      throw new RelayError('payload_too_large', `A message may have ${this.#limits.payloadBytes} bytes, not ${bytes}.`);
    }
    const row = await this.#dispatcher.lane(userId, bridgeId).run(async () => {
      const waiting = await this.store.waiting(bridgeId);
      if (waiting.count >= this.#limits.waiting || waiting.bytes + bytes > this.#limits.waitingBytes)
        throw full(waiting);
      const now = this.#clock();
      const times = { created: iso(now), expires: iso(now + expiresInSeconds * 1000) };
      this.#dispatcher.want(bridgeId);
      try {
        await this.store.add({ id, user_id: userId, bridge_id: bridgeId, payload: text, ...times });
      } catch (error) {
        // Its bridge was removed in the same moment: then there is no row.
        if (!(error instanceof DatabaseError && error.code === 'constraint')) throw error;
      }
      return this.store.get(userId, bridgeId, id);
    });
    if (row === undefined) throw new RelayError('not_found', `You have no bridge "${bridgeId}"`);
    this.#dispatcher.publish({ id, userId, bridgeId });
    this.look(userId, bridgeId);
    return row;
  }

  /**
   * The message, held until it is released; or its row, when it has ended. Undefined when this user has no such.
   * @throws RelayError shutting_down for one that has not ended: the next relay goes on with it
   */
  async follow(key: MessageKey): Promise<{ answer: QueuedAnswer; release: () => void } | BridgeMessageRow | undefined> {
    return this.#dispatcher.lane(key.userId, key.bridgeId).run(async () => {
      const row = await this.store.get(key.userId, key.bridgeId, key.id);
      if (row === undefined || row.ended !== null) return row;
      if (this.#isClosed) throw shuttingDown();
      const answer = this.#answers.hold(row);
      return { answer, release: () => this.#answers.release(answer) };
    });
  }

  /** Ends one that waits or runs, at once; one that has ended stays as it is. Undefined when this user has no such. */
  async cancel(key: MessageKey): Promise<BridgeMessageRow | undefined> {
    const lane = this.#dispatcher.lane(key.userId, key.bridgeId);
    await lane.run(async () => {
      const { sent } = lane;
      if (sent?.answer.id === key.id) {
        this.#dispatcher.giveUp(lane, sent, { status: 'cancelled', totalTokens: sent.answer.pieces });
        await sent.answer.closed;
        return;
      }
      await this.#dispatcher.endStored(key, { status: 'cancelled', totalTokens: 0 });
    });
    return this.store.get(key.userId, key.bridgeId, key.id);
  }

  /** A bridge came, reported or went: it may be somebody's turn. */
  look(userId: string, bridgeId: string): void {
    this.#dispatcher.look(userId, bridgeId);
  }

  /** A bridge is gone for good, and its messages with it: whoever follows one is told to look again. */
  removed(bridgeId: string): void {
    this.#answers.dropOf(bridgeId);
  }

  /** A bridge replied to what was not asked on this link: when that has ended, it may forget it. */
  unclaimed(link: BridgeLink, { type, payload: { requestId } }: ChatReply): void {
    if (type === 'chat_chunk' || this.#isClosed || this.#lookups >= this.#limits.lookups) return;
    if (!messageId.safeParse(requestId).success) return; // chat's own have other ids
    void this.#answerUnclaimed(link, requestId);
  }

  /** Ends what has waited for too long, and removes what has ended long ago. One at a time; never rejects. */
  sweep(): Promise<void> {
    return (this.#sweeping ??= this.#sweep()
      .catch((err: unknown) => {
        if (!this.#isClosed) this.#log.error({ err }, 'Cannot sweep the queue');
      })
      .finally(() => (this.#sweeping = undefined)));
  }

  /** Stores what was said until now. What bridges keep goes on after the restart. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#dispatcher.close();
    await this.#sweeping;
    await this.#writer.flush();
    this.#answers.leaveAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answerUnclaimed(link: BridgeLink, id: string): Promise<void> {
    this.#lookups++;
    try {
      const status = await this.store.statusOf(link.bridgeId, id);
      if (status !== 'queued' && status !== 'running') tell(link, 'chat_received', id);
    } catch (err) {
      this.#log.error({ err }, 'Cannot look a message of the queue up');
    }
    this.#lookups--;
  }

  async #sweep(): Promise<void> {
    const now = this.#clock();
    this.#dispatcher.giveUpOverdue();
    for (const row of await this.store.overdue(iso(now), iso(now - this.#limits.lostMs))) await this.#endOverdue(row);
    await this.store.removeEnded(iso(now - this.#limits.keptMs));
  }

  async #endOverdue({ id, user_id: userId, bridge_id: bridgeId, status }: ListedRow): Promise<void> {
    const lane = this.#dispatcher.lane(userId, bridgeId);
    await lane.run(async () => {
      if (lane.sent?.answer.id === id) return; // its bridge is there
      await this.#dispatcher.endStored({ id, userId, bridgeId }, status === 'queued' ? EXPIRED : NEVER_BACK);
    });
  }
}

function shuttingDown(): RelayError {
  return new RelayError('shutting_down', 'The relay is restarting. Try again in a moment.');
}

function full({ count }: { count: number }): RelayError {
  return new RelayError(
    'queue_full',
    `${count} messages wait for this computer, as many as may. Start its bridge, or cancel some of them.`,
  );
}
