import { envelopeParser, ProtocolError, relayToBridge, type ChatRequest } from '@cloudtolocalllm/protocol';
import { EngineError } from './answer-lines.ts';
import type { Forward } from '../engines/forwarded-exchange.ts';
import { fieldsOf, listOf } from '../engines/openai/record.ts';
import { askEngine } from './ask-engine.ts';
import { ChatAnswer, type Send } from './chat-answer.ts';
import { CHAT_LIMITS, type ChatLimits } from './chat-limits.ts';
import type { Ending, RequestJournal } from './request-journal.ts';

const readEnvelope = envelopeParser(relayToBridge, refuseTooMany);

/** Of what an error says; the protocol takes more. */
const MAX_MESSAGE_CHARACTERS = 500;
const MAX_RETRY_MS = 5_000;
/** Requests that have not been answered, most of them with a refusal: a relay that sends more does not read. */
const MAX_ANSWERS = 1000;
/** Of the queue, while the bridge pauses: a relay sends one after the other, and each may have megabytes. */
const MAX_HELD = 16;
/** Messages and pictures of a request. Of each that is wrong the parser says so: a million of them are gigabytes. */
const MAX_PARTS = 20_000;
const INTERRUPTED: Ending = {
  code: 'interrupted',
  message: 'The bridge was stopped while it made this answer, and does not run it a second time by itself.',
};

export interface ChatRequestsOptions {
  /** The way to the engines. */
  forward: Forward;
  send: Send;
  /** Absent: what comes from a queue is refused, since it might be run twice. */
  journal: RequestJournal | undefined;
  /** A fault of our own, or of the disk. */
  fault(error: unknown): void;
  /** Why nothing new is begun, for a person; undefined while it is. */
  paused?(): string | undefined;
  limits?: Partial<ChatLimits>;
}

/**
 * Answers the relay's `chat_request` envelopes. What comes from its queue is noted before it is run, goes on without a link
 * and is kept until the relay has it; the rest ends with its session. The relay is not trusted.
 */
export class ChatRequests implements Disposable {
  readonly #options: ChatRequestsOptions;
  readonly #limits: ChatLimits;
  readonly #answers = new Map<string, ChatAnswer>();
  /** With the engine now. */
  readonly #running = new Set<ChatAnswer>();
  readonly #untold = new Set<ChatAnswer>();
  /** Of the queue, arrived while the bridge pauses: neither accepted nor refused, so the relay goes on keeping them. */
  readonly #held = new Map<string, ChatRequest>();
  /** Being read from the journal, by id. */
  readonly #reading = new Set<string>();
  #telling: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number;

  constructor(options: ChatRequestsOptions) {
    this.#options = options;
    this.#limits = { ...CHAT_LIMITS, ...options.limits };
    this.#retryMs = this.#limits.retryMs;
  }

  /** Requests that are with the engine now. */
  get running(): number {
    return this.#running.size;
  }

  /** Something runs, or the relay has not been told all that it asked for. */
  get isBusy(): boolean {
    return this.#running.size > 0 || this.#answers.values().some((answer) => answer.isAsked && !answer.isTold);
  }

  /** The bridge pauses no longer. */
  resumed(): void {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const request of held) this.#request(request);
  }

  /** A text message of the relay. Throws ProtocolError saying what is wrong with it. */
  receive(text: string): void {
    const envelope = readEnvelope(text);
    if (envelope === undefined) return;
    if (envelope.type === 'chat_request') this.#request(envelope);
    else this.#forget(envelope.payload.requestId);
  }

  /** The link is there. After a new session the relay asks again for what it wants; it is told what is held for it. */
  online(resumed: boolean): void {
    this.#retryMs = this.#limits.retryMs;
    if (!resumed) {
      this.sessionEnded();
      const held = this.#options.journal?.ids().slice(0, this.#limits.announced) ?? [];
      for (const requestId of held) this.#options.send({ type: 'chat_accepted', payload: { requestId } });
    }
    this.#tellSoon();
  }

  /** Nobody waits any more for what no journal has; the rest goes on. */
  sessionEnded(): void {
    this.#held.clear();
    for (const answer of this.#answers.values()) {
      answer.isAsked = false;
      if (!answer.isQueued) this.#drop(answer);
      // Finished and kept: it is read again when it is asked for.
      else if (answer.ending && !this.#running.has(answer)) this.#answers.delete(answer.id);
    }
  }

  /** The engine stops; the journal knows what was not finished. */
  [Symbol.dispose](): void {
    clearTimeout(this.#retry);
    clearImmediate(this.#telling);
    for (const answer of this.#answers.values()) this.#drop(answer);
  }

  #request(request: ChatRequest): void {
    const { id, payload } = request;
    if (id === undefined) return; // nothing could be said of it
    const isQueued = payload.queued === true;
    const known = this.#answers.get(id);
    if (known) {
      if (!known.isQueued) return;
      known.isAsked = true;
      known.rewind();
      return this.#tell(known);
    }
    const { journal } = this.#options;
    if (isQueued && journal?.has(id)) return void this.#tellKept(id, journal);
    if (this.#answers.size + this.#held.size >= MAX_ANSWERS)
      throw new ProtocolError(`${MAX_ANSWERS} chat requests have no answer yet`);
    if (isQueued && this.#options.paused?.() !== undefined) {
      if (this.#held.size >= MAX_HELD && !this.#held.has(id)) throw new ProtocolError(`${MAX_HELD} messages are held`);
      return void this.#held.set(id, request);
    }
    const answer = new ChatAnswer(id, { isQueued, isStreamed: payload.stream });
    this.#answers.set(id, answer);
    const refusal = this.#refusal(isQueued);
    if (refusal !== undefined) {
      answer.ending = { code: 'rate_limited', message: refusal };
      return this.#tell(answer);
    }
    this.#running.add(answer);
    void this.#run(answer, payload);
  }

  #refusal(isQueued: boolean): string | undefined {
    const paused = this.#options.paused?.();
    if (paused !== undefined) return `This computer answers nothing now: ${paused}.`;
    if (this.#running.size >= this.#limits.concurrent) {
      return `This computer makes ${this.#running.size} answers already. Try again in a moment.`;
    }
    if (!isQueued) return undefined;
    const { journal } = this.#options;
    if (!journal) return 'This computer can not keep messages: see the output of its bridge.';
    return journal.isFull ? 'Too many answers of this computer have not been fetched.' : undefined;
  }

  /** Accepted before: its answer is told, or that it was interrupted. */
  async #tellKept(id: string, journal: RequestJournal): Promise<void> {
    if (this.#reading.has(id)) return;
    this.#reading.add(id);
    const finished = await journal.read(id).catch((error: unknown) => {
      this.#options.fault(error);
    });
    this.#reading.delete(id);
    if (this.#answers.has(id) || !journal.has(id)) return;
    const kept = finished ?? { content: '', thinking: '', ending: INTERRUPTED };
    const answer = ChatAnswer.finished(id, kept);
    // What its relay has of an interrupted one is all there is: nothing is told in its place.
    answer.isAccepted = finished !== undefined;
    this.#answers.set(id, answer);
    this.#tell(answer);
  }

  async #run(answer: ChatAnswer, payload: ChatRequest['payload']): Promise<void> {
    const { forward, journal, fault } = this.#options;
    const { signal } = answer.abort;
    const said = (content: string, thinking: string): void => this.#said(answer, content, thinking);
    let ending: Ending;
    try {
      if (answer.isQueued) await this.#accept(answer);
      signal.throwIfAborted();
      ending = await askEngine(forward, payload, said, signal);
    } catch (error) {
      ending = this.#failure(error);
    }
    this.#running.delete(answer);
    if (signal.aborted && this.#answers.get(answer.id) !== answer) return; // forgotten, or the bridge is being stopped
    const { content, thinking } = answer;
    const isKept = answer.isAccepted && journal;
    // Durable first: once it is told, the relay may ask for it no more than once.
    if (isKept) await journal.finish(answer.id, { content, thinking, ending }).catch(fault);
    answer.ending = ending;
    this.#tell(answer);
  }

  async #accept(answer: ChatAnswer): Promise<void> {
    try {
      await this.#options.journal?.accept(answer.id);
    } catch (error) {
      this.#options.fault(error);
      throw new EngineError('engine_error', 'This computer can not keep the message: see the output of its bridge.');
    }
    answer.isAccepted = true;
    this.#tell(answer);
  }

  #said(answer: ChatAnswer, content: string, thinking: string): void {
    if (answer.length + content.length + thinking.length > this.#limits.answerCharacters) {
      const limit = this.#limits.answerCharacters.toLocaleString('en');
      throw new EngineError('engine_error', `The answer is longer than ${limit} characters.`);
    }
    answer.content += content;
    answer.thinking += thinking;
    this.#tell(answer);
  }

  #failure(error: unknown): Ending {
    if (!(error instanceof EngineError)) {
      if (!(error instanceof DOMException)) this.#options.fault(error);
      return { code: 'engine_error', message: 'The bridge could not make this answer.' };
    }
    return { code: error.code, message: error.message.slice(0, MAX_MESSAGE_CHARACTERS) };
  }

  /** The relay wants nothing more of it. */
  #forget(id: string): void {
    this.#held.delete(id);
    const answer = this.#answers.get(id);
    if (answer) this.#drop(answer);
    this.#options.journal?.forget(id).catch(this.#options.fault);
  }

  #drop(answer: ChatAnswer): void {
    this.#answers.delete(answer.id);
    this.#untold.delete(answer);
    answer.abort.abort();
  }

  /** With the next turn of the event loop: what a turn brings is one envelope. */
  #tell(answer: ChatAnswer): void {
    this.#untold.add(answer);
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      this.#tellAll();
    });
  }

  #tellSoon(): void {
    for (const answer of this.#answers.values()) this.#tell(answer);
  }

  #tellAll(): void {
    for (const answer of this.#untold) {
      if (!answer.tell(this.#options.send, this.#limits)) {
        // No link, or no room on it: what was not told is kept.
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#tellSoon(), this.#retryMs).unref();
        this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
        return;
      }
      this.#retryMs = this.#limits.retryMs;
      this.#untold.delete(answer);
      // The journal has it, if anything may be asked for again.
      if (answer.isTold) this.#answers.delete(answer.id);
    }
  }
}

/** The schema tells what is wrong with each entry: a million wrong ones would take gigabytes. */
function refuseTooMany(envelope: unknown): void {
  const messages = listOf(fieldsOf(fieldsOf(envelope)['payload'])['messages']);
  const parts = messages.reduce<number>((sum, one) => sum + listOf(fieldsOf(one)['images']).length, messages.length);
  if (parts > MAX_PARTS) throw new ProtocolError(`an envelope with more than ${MAX_PARTS} messages`);
}
