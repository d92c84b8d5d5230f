import type { ChatEvent, ToolCall } from '@cloudtolocalllm/protocol';

type TerminalEvent = Extract<ChatEvent, { type: 'complete' | 'error' }>;
export type ReplaceEvent = Extract<ChatEvent, { type: 'replace' }>;

/** What an answer held before more of it was made, and the number of its last event. */
export interface SaidBefore {
  content: string;
  thinking: string;
  toolCalls: readonly ToolCall[];
  lastSeq: number;
}

/**
 * Between the last number that the database has of an answer and the first one when it is continued: a relay that was
 * killed has sent numbers that were never stored, and none of them may ever mean another event.
 */
export const CONTINUED_GAP = 1_000_000;

/**
 * The events of one generation, numbered upwards, without an object per token: two texts, and where each event ended in
 * its own. Events that added no text are few and kept as they are.
 */
export class EventLog {
  /** The number of `start`. */
  readonly first: number;
  readonly toolCalls: ToolCall[] = [];
  readonly #messageId: string;
  #text = '';
  #thinking = '';
  /** After event `first + index`: the length of the text, or `-1 - length` of the thinking when the event was of that. */
  readonly #ends: number[] = [];
  #isThinking = false;
  /** Where an event began in its text, for each whose predecessor was of the other one; by index. */
  readonly #begins = new Map<number, number>();
  readonly #others = new Map<number, ChatEvent>();
  /** The newest event's piece, if it has one: who keeps up reads this, since a slice would flatten the whole text each time. */
  #newest = '';
  #terminal: TerminalEvent | undefined;

  constructor(start: { messageId: string; userMessageId?: string }, before?: SaidBefore) {
    this.#messageId = start.messageId;
    this.first = before === undefined ? 1 : before.lastSeq + CONTINUED_GAP;
    this.#text = before?.content ?? '';
    this.#thinking = before?.thinking ?? '';
    this.toolCalls.push(...(before?.toolCalls ?? []));
    this.#other({ type: 'start', ...start });
    if (before) this.#other(this.whole(0));
  }

  get text(): string {
    return this.#text;
  }

  get thinking(): string {
    return this.#thinking;
  }

  /** The number of the newest event. */
  get last(): number {
    return this.first + this.#ends.length - 1;
  }

  get ended(): boolean {
    return this.#terminal !== undefined;
  }

  status(status: 'queued' | 'loading'): void {
    this.#other({ type: 'status', status });
  }

  chunk(content: string): void {
    if (this.#isThinking) this.#change(false, this.#text.length);
    this.#text += content;
    this.#newest = content;
    this.#ends.push(this.#text.length);
  }

  thought(content: string): void {
    if (!this.#isThinking) this.#change(true, this.#thinking.length);
    this.#thinking += content;
    this.#newest = content;
    this.#ends.push(-1 - this.#thinking.length);
  }

  called(toolCall: ToolCall): void {
    this.toolCalls.push(toolCall);
    this.#other({ type: 'tool_call', toolCall });
  }

  end(event: TerminalEvent): void {
    this.#terminal = { ...event, seq: this.last + 1 };
    this.#other(this.#terminal);
  }

  /** All that was said so far, as the event with this number. */
  whole(seq: number): ReplaceEvent {
    const { toolCalls } = this;
    return {
      type: 'replace',
      messageId: this.#messageId,
      content: this.#text,
      ...(this.#thinking !== '' && { thinking: this.#thinking }),
      ...(toolCalls.length > 0 && { toolCalls: [...toolCalls] }),
      seq,
    };
  }

  /** Event number `seq`, which is between `first` and `last`. */
  at(seq: number): ChatEvent {
    const index = seq - this.first;
    if (index === this.#ends.length - 1 && this.#newest !== '') {
      return { type: this.#isThinking ? 'thinking' : 'chunk', content: this.#newest, seq };
    }
    const end = this.#ends[index] ?? 0;
    const begin = this.#begins.size === 0 ? undefined : this.#begins.get(index);
    if (end < 0) {
      const from = begin ?? -1 - (this.#ends[index - 1] ?? -1);
      return { type: 'thinking', content: this.#thinking.slice(from, -1 - end), seq };
    }
    const from = begin ?? this.#ends[index - 1] ?? end;
    const other = from === end ? this.#others.get(index) : undefined;
    return other ?? { type: 'chunk', content: this.#text.slice(from, end), seq };
  }

  #other(event: ChatEvent): void {
    if (this.#isThinking) this.#change(false, this.#text.length);
    const index = this.#ends.length;
    this.#others.set(index, { ...event, seq: this.first + index });
    this.#ends.push(this.#text.length);
    this.#newest = '';
  }

  #change(isThinking: boolean, begin: number): void {
    this.#isThinking = isThinking;
    this.#begins.set(this.#ends.length, begin);
  }
}
