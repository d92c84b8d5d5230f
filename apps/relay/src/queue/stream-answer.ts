import type { OutgoingHttpHeaders } from 'node:http';
import type { ChatEvent } from '@cloudtolocalllm/protocol';
import type { FastifyReply } from 'fastify';
import type { EventStreamLimits } from '../chat/event-stream.ts';
import type { BridgeMessageRow } from '../storage/tables.ts';
import { endOfRow } from './queue-end.ts';
import { finalEvent, type QueuedAnswer } from './queued-answer.ts';

const HEADERS = {
  'content-type': 'application/x-ndjson; charset=utf-8',
  'cache-control': 'no-store',
  // Nginx and its kin would gather the answer otherwise.
  'x-accel-buffering': 'no',
};

/**
 * Answers with the events after number `after`, one JSON line each, and goes on until the last one. A number that the log
 * does not have gets one `replace`. Nothing is buffered for a slow listener: the log is read as fast as its socket takes it.
 * `left` is called once, when nobody listens here any more.
 */
export function streamAnswer(
  reply: FastifyReply,
  answer: QueuedAnswer,
  { after, limits, left }: { after: number; limits: EventStreamLimits; left: () => void },
): void {
  reply.hijack();
  const response = reply.raw;
  // It went away before: its close was told already, and nothing would ever end what begins here.
  if (response.destroyed) return left();
  // as: fastify names the headers more narrowly, these are the same
  response.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...HEADERS });
  let { log } = answer;
  let sent = after === 0 ? log.first - 1 : after;
  let isFull = false;
  const following = answer.follow(send);
  const keepAlive = setInterval(() => {
    if (!isFull) write(line({ type: 'status', status: statusOf(answer) }));
  }, limits.keepAliveMs);
  // Refreshed with every write; still full, or still not closed after the last one: nobody is reading.
  const stalled = setTimeout(() => {
    if (isFull || response.writableEnded) response.destroy();
  }, limits.stalledMs);
  response.on('drain', () => {
    isFull = false;
    send();
  });
  // A listener that goes away is only that: the message stays.
  response.once('close', leave).on('error', () => response.destroy());
  send();
  // Who has seen everything so far hears that it is being listened to.
  response.flushHeaders();

  function send(): void {
    if (isFull || response.writableEnded) return;
    const isAnew = log !== answer.log;
    log = answer.log;
    // Its end, if there is one, comes behind what was said.
    const lastSaid = log.ended ? log.last - 1 : log.last;
    if (isAnew || sent < log.first - 1 || sent > log.last) {
      write(line(log.whole(lastSaid)));
      sent = lastSaid;
    }
    while (!isFull && sent < log.last) {
      let lines = '';
      while (sent < log.last && lines.length < limits.writeCharacters) lines += line(log.at(++sent));
      keepAlive.refresh();
      write(lines);
    }
    if (!answer.isClosed || sent !== log.last) return;
    clearInterval(keepAlive);
    response.end();
  }

  function write(lines: string): void {
    isFull = !response.write(lines);
    stalled.refresh();
  }

  function leave(): void {
    following[Symbol.dispose]();
    clearInterval(keepAlive);
    clearTimeout(stalled);
    left();
  }
}

/** Answers with the events of a message that has ended: all of it in one piece, and its end. */
export function sendStoredAnswer(reply: FastifyReply, row: BridgeMessageRow, after: number): FastifyReply {
  return reply.headers(HEADERS).send(storedEvents(row, after).map(line).join(''));
}

function storedEvents(row: BridgeMessageRow, after: number): ChatEvent[] {
  const { id, content, thinking, last_seq } = row;
  // An end that was stored has a number; what never began ends behind `start`, `queued`.
  const seq = Math.max(last_seq, 3);
  const end = { ...finalEvent(id, endOfRow(row)), seq };
  if (after === seq) return [];
  if (after === seq - 1) return [end];
  const whole = { content, ...(thinking !== '' && { thinking }) };
  if (after > 0) return [{ type: 'replace', messageId: id, ...whole, seq: seq - 1 }, end];
  return [
    { type: 'start', messageId: id, seq: 1 },
    ...(thinking === '' ? [] : [{ type: 'thinking' as const, content: thinking }]),
    ...(content === '' ? [] : [{ type: 'chunk' as const, content, seq: seq - 1 }]),
    end,
  ];
}

function statusOf({ status, log }: QueuedAnswer): 'queued' | 'loading' | 'generating' {
  if (status === 'queued') return 'queued';
  return log.text === '' && log.thinking === '' ? 'loading' : 'generating';
}

function line(event: ChatEvent): string {
  return `${JSON.stringify(event)}\n`;
}
