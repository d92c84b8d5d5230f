import type { FastifyReply } from 'fastify';
import { laterPage } from './pages.ts';

/** Answers with a page that is made for this one request. */
export function sendPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return (
    reply
      .code(status)
      .header('cache-control', 'no-store')
      // A form of this page then says where it comes from.
      .header('referrer-policy', 'same-origin')
      .type('text/html; charset=utf-8')
      .send(page)
  );
}

/** Answers that there were too many wrong passwords. */
export function sendLaterPage(reply: FastifyReply, seconds: number): FastifyReply {
  return sendPage(reply.header('retry-after', seconds), laterPage({ what: 'passwords', seconds }), 429);
}
