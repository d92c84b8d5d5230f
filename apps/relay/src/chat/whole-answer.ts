import type { OutgoingHttpHeaders } from 'node:http';
import { sendMessageResponse, type SendMessageResponse } from '@cloudtolocalllm/protocol';
import type { FastifyReply } from 'fastify';

export interface WholeAnswerLimits {
  /** So long an answer may still be an error with its own status; proxies on the way cut silent ones after 100 s. */
  commitMs: number;
  /** Between the spaces that are sent from then on. */
  keepAliveMs: number;
}
export const WHOLE_ANSWER_LIMITS: WholeAnswerLimits = { commitMs: 90_000, keepAliveMs: 15_000 };

/**
 * Answers with JSON that may take long to be made. What is there in time, or fails in time, is an answer like any other
 * (it is returned, or thrown). After that the answer begins: with spaces, which JSON allows in front, then what was made;
 * a failure then resets the connection.
 */
export async function sendWhole(
  reply: FastifyReply,
  making: Promise<SendMessageResponse>,
  limits: WholeAnswerLimits,
): Promise<SendMessageResponse | void> {
  const late = Symbol('late');
  const patience = Promise.withResolvers<typeof late>();
  const timer = setTimeout(() => patience.resolve(late), limits.commitMs);
  let made: SendMessageResponse | typeof late;
  try {
    made = await Promise.race([making, patience.promise]);
  } finally {
    clearTimeout(timer);
  }
  if (made !== late) return made;

  reply.hijack();
  const response = reply.raw;
  if (response.destroyed) {
    making.catch(() => {}); // Nobody hears of it.
    return undefined;
  }
  // as: fastify names the headers more narrowly, these are the same
  const given = reply.getHeaders() as OutgoingHttpHeaders;
  response.writeHead(200, {
    ...given,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const keepAlive = setInterval(() => {
    // Who takes nothing gets nothing more: spaces are no reason to fill the memory.
    if (!response.writableNeedDrain) response.write(' ');
  }, limits.keepAliveMs);
  response.on('error', () => response.destroy()).once('close', () => clearInterval(keepAlive));
  response.write(' ');
  try {
    response.end(JSON.stringify(sendMessageResponse.parse(await making)));
  } catch {
    response.destroy();
  } finally {
    clearInterval(keepAlive);
  }
  return undefined;
}
