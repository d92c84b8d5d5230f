import { StringDecoder } from 'node:string_decoder';

/** One event; a token is some hundred bytes, so this is a broken engine's event. */
const MAX_EVENT_CHARACTERS = 1024 * 1024;

/** What an engine said can't be gone on with; the message is for a person. */
export class AnswerFault extends Error {
  override readonly name = 'AnswerFault';
}

/**
 * Reads the data of server-sent events from bytes as they come, whatever their borders, characters torn apart included.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #event: (data: string) => void;
  /** The beginning of a line whose end has not come yet. */
  #rest = '';
  #data = '';
  #hasData = false;

  constructor(event: (data: string) => void) {
    this.#event = event;
  }

  /** Throws AnswerFault for an event that is too long, and what `event` throws. */
  push(chunk: Buffer): void {
    const come = this.#decoder.write(chunk);
    if (!come.includes('\n')) {
      // Joined only when the line ends: an event that drips in is not searched again for each drop.
      this.#rest += come;
      if (this.#rest.length > MAX_EVENT_CHARACTERS) throw tooLong();
      return;
    }
    const text = this.#rest + come;
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#line(text, start, text[end - 1] === '\r' && end > start ? end - 1 : end);
      start = end + 1;
    }
    this.#rest = start === 0 ? text : text.slice(start);
    if (this.#rest.length > MAX_EVENT_CHARACTERS) throw tooLong();
  }

  /** The stream is over: some engines leave out the blank line behind the last event. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    this.#line(rest, 0, rest.length);
    this.#dispatch();
  }

  #line(text: string, start: number, end: number): void {
    if (start === end) return this.#dispatch();
    let from = -1;
    if (text.startsWith('data:', start)) from = start + 'data:'.length;
    // llama.cpp tells errors in a field of that name.
    else if (text.startsWith('error:', start)) from = start + 'error:'.length;
    if (from < 0) return;
    if (text[from] === ' ') from++;
    const data = text.slice(from, end);
    this.#data = this.#hasData ? `${this.#data}\n${data}` : data;
    this.#hasData = true;
    if (this.#data.length > MAX_EVENT_CHARACTERS) throw tooLong();
  }

  #dispatch(): void {
    if (!this.#hasData) return;
    const data = this.#data;
    this.#data = '';
    this.#hasData = false;
    this.#event(data);
  }
}

function tooLong(): AnswerFault {
  return new AnswerFault(`The engine sent an event of more than ${MAX_EVENT_CHARACTERS} characters.`);
}
