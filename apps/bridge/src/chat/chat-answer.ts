import type { ChatLimits } from './chat-limits.ts';
import type { Ending, FinishedAnswer } from './request-journal.ts';

/** Sends an envelope; false when there is no link or no room on it: nothing was sent. */
export type Send = (envelope: { type: string; payload: object }) => boolean;

export interface ChatAnswerOptions {
  /** It comes from the relay's queue: the journal has it. */
  isQueued: boolean;
  /** Told as it is made; else when it is whole. */
  isStreamed: boolean;
}

/** The answer to one `chat_request`: what was made of it, and how much of that its relay was told. */
export class ChatAnswer {
  readonly id: string;
  readonly isQueued: boolean;
  readonly abort = new AbortController();
  content = '';
  thinking = '';
  ending: Ending | undefined;
  /** The relay asked for it in this session, and may be told. */
  isAsked = true;
  /** In the journal: the relay may know that it was accepted. */
  isAccepted = false;
  readonly #isStreamed: boolean;
  #toldAccepted = false;
  #toldContent = 0;
  #toldThinking = 0;
  #toldEnding = false;

  constructor(id: string, { isQueued, isStreamed }: ChatAnswerOptions) {
    this.id = id;
    this.isQueued = isQueued;
    this.#isStreamed = isStreamed;
  }

  /** One that an earlier session, or an earlier process, has finished. */
  static finished(id: string, { content, thinking, ending }: FinishedAnswer): ChatAnswer {
    const answer = new ChatAnswer(id, { isQueued: true, isStreamed: true });
    Object.assign(answer, { content, thinking, ending, isAccepted: true });
    return answer;
  }

  get isTold(): boolean {
    return this.#toldEnding;
  }

  get length(): number {
    return this.content.length + this.thinking.length;
  }

  /** Tells it from the beginning. */
  rewind(): void {
    this.#toldAccepted = false;
    this.#toldContent = 0;
    this.#toldThinking = 0;
    this.#toldEnding = false;
  }

  /** Tells what was not told yet, as far as there is room; false when there was none. */
  tell(send: Send, { chunkCharacters }: Pick<ChatLimits, 'chunkCharacters'>): boolean {
    if (!this.isAsked || this.#toldEnding) return true;
    const requestId = this.id;
    if (this.isAccepted && !this.#toldAccepted) {
      if (!send({ type: 'chat_accepted', payload: { requestId } })) return false;
      this.#toldAccepted = true;
    }
    if (!this.#isStreamed && this.ending === undefined) return true;
    while (this.#toldContent + this.#toldThinking < this.length) {
      const thinking = piece(this.thinking, this.#toldThinking, chunkCharacters);
      const content = piece(this.content, this.#toldContent, chunkCharacters - thinking.length);
      const payload = { requestId, content, ...(thinking !== '' && { thinking }) };
      if (!send({ type: 'chat_chunk', payload })) return false;
      this.#toldContent += content.length;
      this.#toldThinking += thinking.length;
    }
    if (this.ending === undefined) return true;
    const type = 'code' in this.ending ? 'chat_error' : 'chat_complete';
    this.#toldEnding = send({ type, payload: { requestId, ...this.ending } });
    return this.#toldEnding;
  }
}

/** Up to so many characters from there on, no surrogate pair torn apart. */
function piece(text: string, from: number, length: number): string {
  const end = from + length;
  const isTorn = end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] ?? '');
  return text.slice(from, isTorn ? end - 1 : end);
}
