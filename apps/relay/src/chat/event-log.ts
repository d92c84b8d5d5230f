import type { ChatEvent } from '@cloudtolocalllm/protocol';

type TerminalEvent = Extract<ChatEvent, { type: 'complete' | 'error' }>;

/**
 * The events of one generation, numbered from 1, without an object per token: the text and where each event ended in it.
 * An event that added no text is a `status`.
 */
export class EventLog {
  #text = '';
  /** Length of the text after event `index + 1`. */
  readonly #ends: number[] = [0];
  /** The newest chunk: who keeps up reads this, since a slice would flatten the whole text for every token. */
  #newest = '';
  #terminal: TerminalEvent | undefined;
  readonly #start: ChatEvent;

  constructor(start: { messageId: string; userMessageId: string }) {
    this.#start = { type: 'start', ...start, seq: 1 };
  }

  get text(): string {
    return this.#text;
  }

  /** The number of the newest event. */
  get last(): number {
    return this.#ends.length;
  }

  get ended(): boolean {
    return this.#terminal !== undefined;
  }

  status(): void {
    this.#ends.push(this.#text.length);
  }

  chunk(content: string): void {
    this.#text += content;
    this.#newest = content;
    this.#ends.push(this.#text.length);
  }

  end(event: TerminalEvent): void {
    this.#ends.push(this.#text.length);
    this.#terminal = { ...event, seq: this.last };
  }

  /** Event number `seq`, which is between 1 and `last`. */
  at(seq: number): ChatEvent {
    if (seq === 1) return this.#start;
    if (seq === this.last && this.#terminal) return this.#terminal;
    const from = this.#ends[seq - 2] ?? 0;
    const to = this.#ends[seq - 1] ?? from;
    if (to === from) return { type: 'status', status: 'loading', seq };
    return { type: 'chunk', content: seq === this.last ? this.#newest : this.#text.slice(from, to), seq };
  }
}
