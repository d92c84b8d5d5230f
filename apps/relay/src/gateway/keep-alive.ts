import { TICK_MS } from './keep-alive-ticker.ts';

/** How an answer is written, where something harmless may be said in between: server-sent events, NDJSON, one JSON text. */
export type AnswerForm = 'events' | 'lines' | 'json';

/** Silences in ticks. Proxies on the way cut silent answers after 30 s at the earliest, most after 60 to 120 s. */
export const SILENCE = {
  /** Before something harmless is said, and before a stream's answer is begun with it. */
  stream: 15_000 / TICK_MS,
  /** Before the answer that is one JSON text is begun: until then it may still be an error with its own status. */
  json: 90_000 / TICK_MS,
  /** Between a stream's last event, an error, and the end of its connection: clients read that event first. */
  farewell: 2_000 / TICK_MS,
} as const;

/** Harmless wherever `mayInterrupt` says yes: a comment of server-sent events; blanks in front of a JSON text. */
export const SIGN_OF_LIFE: Readonly<Record<AnswerForm, string>> = {
  events: ': keep-alive\n\n',
  // Not a blank line: clients of Ollama take each line for JSON.
  lines: ' ',
  json: ' ',
};

/** The content type of an answer that is begun before the engine has. */
export const CONTENT_TYPE: Readonly<Record<AnswerForm, string>> = {
  events: 'text/event-stream; charset=utf-8',
  lines: 'application/x-ndjson',
  json: 'application/json; charset=utf-8',
};

/** What Ollama streams unless the body says `"stream": false` (docs/api.md of ollama/ollama). */
const STREAMS_LINES = new Set(['/api/chat', '/api/create', '/api/generate', '/api/pull', '/api/push']);
/** What is streamed when the body says `"stream": true`. */
const STREAMS_EVENTS = new Set(['/v1/chat/completions', '/v1/completions', '/v1/messages', '/v1/responses']);
/** What is one JSON text whatever the body says, and may take as long as a model takes to load. */
const ONE_TEXT = new Set(['/api/embed', '/api/embeddings', '/v1/embeddings']);

/**
 * What the engine will answer, by its path and the body's `stream`; undefined where nobody knows, as for what is asked
 * with GET: that answer is never begun before the engine begins it.
 */
export function expectedForm(method: string, enginePath: string, stream: boolean | undefined): AnswerForm | undefined {
  if (method !== 'POST') return undefined;
  const [path = ''] = enginePath.split('?', 1);
  if (STREAMS_LINES.has(path)) return stream === false ? 'json' : 'lines';
  if (STREAMS_EVENTS.has(path)) return stream === true ? 'events' : 'json';
  return ONE_TEXT.has(path) ? 'json' : undefined;
}

/** What the engine answers, by its content type; undefined for what is no stream of events or lines. */
export function formOfType(contentType = ''): AnswerForm | undefined {
  const [type = ''] = contentType.toLowerCase().split(';', 1);
  if (type.trim() === 'text/event-stream') return 'events';
  return type.trim() === 'application/x-ndjson' ? 'lines' : undefined;
}

/** The tail of an answer of which nothing was sent yet. */
export const NOTHING_SENT = -1;

/** The last four bytes of an answer as an integer: enough to know whether an event has ended. */
export function tailAfter(tail: number, chunk: Buffer): number {
  const { length } = chunk;
  if (length >= 4) return chunk.readInt32BE(length - 4);
  let next = tail;
  for (let index = 0; index < length; index++) next = (next << 8) | chunk[index]!; // index is below length
  return next;
}

/** Whether something may be said at this place of the answer without becoming a part of what the engine says. */
export function mayInterrupt(form: AnswerForm | undefined, tail: number): boolean {
  if (form === undefined || tail === NOTHING_SENT) return form !== undefined;
  switch (form) {
    case 'events':
      return (tail & 0xffff) === 0x0a0a || tail === 0x0d0a0d0a; // \n\n, \r\n\r\n
    case 'lines':
      return (tail & 0xff) === 0x0a;
    case 'json':
      return false;
  }
}
