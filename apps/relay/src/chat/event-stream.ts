import type { OutgoingHttpHeaders } from 'node:http';
import { ERROR_STATUS, type ChatEvent } from '@cloudtolocalllm/protocol';
import type { FastifyReply } from 'fastify';
import type { MessageRow } from '../storage/tables.ts';
import type { Generation } from './generation.ts';

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

/**
 * Answers with the generation's events after number `after`, one JSON line each, and goes on until the final one.
 * A number the generation never reached gets them from the start. Nothing is buffered for a slow listener: the
 * generation's log is read as fast as its socket takes it.
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
  let sent = after > generation.last ? 0 : after;
  let isFull = false;
  const following = generation.follow(send);
  const keepAlive = setInterval(() => {
    if (!isFull) write(line({ type: 'status', status: generation.text === '' ? 'loading' : 'generating' }));
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

/** Answers with the events of a message that is no longer being made: its start, its whole text, its end. */
export function sendStoredEvents(reply: FastifyReply, message: MessageRow): FastifyReply {
  return reply.headers(HEADERS).send(storedEvents(message).map(line).join(''));
}

function storedEvents({ id, content, status, total_tokens, error_code, error_message }: MessageRow): ChatEvent[] {
  const events: ChatEvent[] = [{ type: 'start', messageId: id, seq: 1 }];
  if (content !== '') events.push({ type: 'chunk', content, seq: 2 });
  const seq = events.length + 1;
  if (status === 'complete' || status === 'stopped') {
    return [...events, { type: 'complete', messageId: id, totalTokens: total_tokens ?? 0, status, seq }];
  }
  // Streaming, but by no generation of this relay: it was lost before its end could be stored.
  const error = error_code ?? 'interrupted';
  const code = new Map<string, number>(Object.entries(ERROR_STATUS)).get(error) ?? ERROR_STATUS.internal_error;
  const message = error_message ?? 'This answer was interrupted. What was said until then is kept.';
  return [...events, { type: 'error', messageId: id, error, message, code, seq }];
}

function line(event: ChatEvent): string {
  return `${JSON.stringify(event)}\n`;
}
