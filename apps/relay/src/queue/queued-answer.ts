import { ERROR_STATUS, type BridgeMessageStatus, type ChatEvent } from '@cloudtolocalllm/protocol';
import { EventLog } from '../chat/event-log.ts';
import type { BridgeMessageRow } from '../storage/tables.ts';
import type { QueueEnd } from './queue-end.ts';

/** One message of a queue while its bridge answers it or somebody follows it. */
export class QueuedAnswer {
  readonly id: string;
  readonly userId: string;
  readonly bridgeId: string;
  readonly payload: string;
  /** ISO 8601. */
  readonly expires: string;
  status: BridgeMessageStatus;
  /** The bridge keeps it: it need not begin anew after a cut. */
  accepted: boolean;
  /** Pieces of its answer, for bridges that count no tokens. */
  pieces = 0;
  /** How it ends: set before that is stored. */
  end: QueueEnd | undefined;
  #log: EventLog;
  /** What follows tells the answer from the beginning. */
  #isToldAnew = false;
  #isGone = false;
  readonly #listeners = new Set<() => void>();
  readonly #closed = Promise.withResolvers<void>();

  constructor(row: BridgeMessageRow) {
    this.id = row.id;
    this.userId = row.user_id;
    this.bridgeId = row.bridge_id;
    this.payload = row.payload;
    this.expires = row.expires;
    this.status = row.status;
    this.accepted = row.accepted === 1;
    const { content, thinking, last_seq: lastSeq } = row;
    const before = row.status === 'queued' ? undefined : { content, thinking, toolCalls: [], lastSeq };
    this.#log = new EventLog({ messageId: row.id }, before);
    if (row.status === 'queued') this.#log.status('queued');
  }

  /** Another one after each beginning anew. */
  get log(): EventLog {
    return this.#log;
  }

  /** Its last event was made, or there will be none. */
  get isClosed(): boolean {
    return this.#isGone || this.#log.ended;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Resolves when it is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  follow(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** The bridge keeps it. True when it was only waiting before. */
  accept(): boolean {
    // Accepted once more: asked again, it begins anew. One that speaks before it accepts does not.
    this.#isToldAnew = this.accepted && (this.#log.text !== '' || this.#log.thinking !== '');
    this.accepted = true;
    return this.#begin();
  }

  /** The bridge says more. True when it was only waiting before. */
  say({ content, thinking = '' }: { content: string; thinking?: string | undefined }): boolean {
    const isFirst = this.#begin();
    this.pieces++;
    if (this.#isToldAnew) this.#replace(content, thinking);
    else {
      if (thinking !== '') this.#log.thought(thinking);
      if (content !== '') this.#log.chunk(content);
    }
    this.#notify();
    return isFirst;
  }

  /** The whole answer was told. */
  complete(): void {
    if (this.#isToldAnew) this.#replace('', '');
  }

  /** Its end is stored: the last event is made. */
  close(): void {
    if (this.isClosed || this.end === undefined) return;
    this.status = this.end.status;
    this.#log.end(finalEvent(this.id, this.end));
    this.leave();
  }

  /** Nothing more will be told here; who follows comes back and finds what there is. */
  leave(): void {
    this.#isGone = true;
    this.#notify();
    this.#listeners.clear();
    this.#closed.resolve();
  }

  #begin(): boolean {
    if (this.status !== 'queued') return false;
    this.status = 'running';
    this.#log.status('loading');
    this.#notify();
    return true;
  }

  #replace(content: string, thinking: string): void {
    this.#isToldAnew = false;
    this.pieces = 1;
    this.#log = new EventLog({ messageId: this.id }, { content, thinking, toolCalls: [], lastSeq: this.#log.last });
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The last event of a message that ended so. `cancelled` is what chat calls stopped. */
export function finalEvent(messageId: string, end: QueueEnd): Extract<ChatEvent, { type: 'complete' | 'error' }> {
  if ('totalTokens' in end) {
    const status = end.status === 'complete' ? 'complete' : 'stopped';
    return { type: 'complete', messageId, totalTokens: end.totalTokens, status };
  }
  const { code, message } = end.error;
  return { type: 'error', messageId, error: code, message, code: ERROR_STATUS[code] };
}
