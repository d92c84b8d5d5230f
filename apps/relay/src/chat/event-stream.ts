import type { OutgoingHttpHeaders } from 'node:http';
import { ERROR_STATUS, type AnswerMetadata, type ChatEvent } from '@cloudtolocalllm/protocol';
import type { FastifyReply } from 'fastify';
import type { MessageRow } from '../storage/tables.ts';
import type { Generation } from './generation.ts';
import { shuttingDown } from './interruptions.ts';
import { toToolCalls } from './message-store.ts';

export interface EventStreamLimits {
  /** Silence after which a line is sent: proxies on the way cut silent responses, some after 30 s. */
  keepAliveMs: number;
  /** A listener whose socket takes nothing for so long is dropped; it can come back with `?after=`. */
  stalledMs: number;
  /** Characters of lines that are joined to one write: a long replay is few writes, and little waits in a socket. */
  writeCharacters: number;
}
export const EVENT_STREAM_LIMITS: EventStreamLimits = {
  keepAliveMs: 15_000,
  stalledMs: 30_000,
  writeCharacters: 64 * 1024,
};

const HEADERS = {
  'content-type': 'application/x-ndjson; charset=utf-8',
  'cache-control': 'no-store',
  // Nginx and its kin would gather the answer otherwise.
  'x-accel-buffering': 'no',
};

/** What a line says that only says that it goes on. */
const STATUS = { queued: 'queued', loading: 'loading', streaming: 'generating' } as const;

/**
 * Answers with the generation's events after number `after`, one JSON line each, and goes on until the final one.
 * A number that the generation does not know gets one `replace` with all that was said. Nothing is buffered for a slow
 * listener: the generation's log is read as fast as its socket takes it.
 */
export function streamEvents(
  reply: FastifyReply,
  generation: Generation,
  after: number,
  limits: EventStreamLimits,
): void {
  reply.hijack();
  const response = reply.raw;
  // It went away before: its close was told already, and nothing would ever end what begins here.
  if (response.destroyed) return;
  // as: fastify names the headers more narrowly, these are the same
  const given = reply.getHeaders() as OutgoingHttpHeaders;
  response.writeHead(200, { ...given, ...HEADERS });
  const { sent: from, replace } = generation.resume(after);
  let sent = from;
  let isFull = false;
  const following = generation.follow(send);
  const keepAlive = setInterval(() => {
    if (!isFull) write(line({ type: 'status', status: STATUS[generation.status] }));
  }, limits.keepAliveMs);
  // Refreshed with every write; still full, or still not closed after the last one: nobody is reading.
  const stalled = setTimeout(() => {
    if (isFull || response.writableEnded) response.destroy();
  }, limits.stalledMs);
  response.on('drain', () => {
    isFull = false;
    send();
  });
  // A listener that goes away is only that: the generation goes on.
  response.on('close', leave).on('error', leave);
  if (replace) write(line(replace));
  send();
  // Who has seen everything so far hears that it is being listened to.
  response.flushHeaders();

  function send(): void {
    while (!isFull && sent < generation.last) {
      let lines = '';
      while (sent < generation.last && lines.length < limits.writeCharacters) lines += line(generation.event(++sent));
      keepAlive.refresh();
      write(lines);
    }
    // It goes on in the relay that follows: the listener comes back and finds it there.
    if (generation.isAbandoned) response.destroy();
    if (generation.isEnded && sent === generation.last && !response.writableEnded) {
      clearInterval(keepAlive);
      response.end();
    }
  }

  function write(lines: string): void {
    isFull = !response.write(lines);
    stalled.refresh();
  }

  function leave(): void {
    following[Symbol.dispose]();
    clearInterval(keepAlive);
    clearTimeout(stalled);
  }
}

/**
 * Answers with the events of a message that is no longer being made. Throws RelayError shutting_down for one that waits:
 * it has no end yet, and the next relay goes on with it.
 */
export function sendStoredEvents(reply: FastifyReply, message: MessageRow, after = 0): FastifyReply {
  if (message.status === 'queued') throw shuttingDown();
  return reply.headers(HEADERS).send(storedEvents(message, after).map(line).join(''));
}

/**
 * From the beginning: its start, its reasoning, its tool calls, its text, its end. After a number: the database does not
 * know where each event ended, so one `replace` with everything, numbered not before any event that was sent, and its end.
 */
export function storedEvents(row: MessageRow, after: number): ChatEvent[] {
  const { id: messageId, content, thinking, last_seq } = row;
  const toolCalls = toToolCalls(row);
  if (after > 0) {
    const replaced = Math.max(after, last_seq);
    const said = { content, ...(thinking !== '' && { thinking }), ...(toolCalls.length > 0 && { toolCalls }) };
    return [
      { type: 'replace', messageId, ...said, seq: replaced },
      { ...endOf(row), seq: replaced + 1 },
    ];
  }
  const events: ChatEvent[] = [
    { type: 'start', messageId, ...(row.parent_id !== null && { userMessageId: row.parent_id }) },
  ];
  if (thinking !== '') events.push({ type: 'thinking', content: thinking });
  for (const toolCall of toolCalls) events.push({ type: 'tool_call', toolCall });
  if (content !== '') events.push({ type: 'chunk', content });
  events.push(endOf(row));
  return events.map((event, index) => Object.assign(event, { seq: index + 1 }));
}

function endOf({ id, status, total_tokens, metadata, error_code, error_message }: MessageRow): ChatEvent {
  if (status === 'complete' || status === 'stopped') {
    const made = metadata === null ? {} : { metadata: JSON.parse(metadata) as AnswerMetadata }; // as: only validated ones are stored
    return { type: 'complete', messageId: id, totalTokens: total_tokens ?? 0, status, ...made };
  }
  // Streaming, but by no generation of this relay: it was lost before its end could be stored.
  const error = error_code ?? 'interrupted';
  const code = new Map<string, number>(Object.entries(ERROR_STATUS)).get(error) ?? ERROR_STATUS.internal_error;
  const message = error_message ?? 'This answer was interrupted. What was said until then is kept.';
  return { type: 'error', messageId: id, error, message, code };
}

function line(event: ChatEvent): string {
  return `${JSON.stringify(event)}\n`;
}
