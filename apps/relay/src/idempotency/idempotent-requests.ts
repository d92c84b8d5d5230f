import { newId } from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import { hashOfKey, openAnswer, sealAnswer } from './answer-seal.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import { requestHash } from './request-hash.ts';

/** Visible ASCII. */
const KEY = /^[\x21-\x7e]{1,200}$/;
/** Longer answers are not kept: a retry makes them anew from what was created. */
const MAX_KEPT_CHARACTERS = 1024 * 1024;
const RETRY_AFTER_SECONDS = 1;

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of what it creates, when it came with an Idempotency-Key. */
    resourceId: string | undefined;
    /** An earlier request with this `resourceId` may have created it: look first. */
    isRetry: boolean;
    /**
     * Says that what it creates can be found by its id from now on: retries need not wait for the answer. Streamed
     * answers are never kept, so their handlers must call it.
     */
    hasCreated(): void;
  }
}

export interface IdempotentRequestsOptions {
  store: Pick<IdempotencyStore, 'claim' | 'answered'>;
  limits: Pick<RequestLimits, 'chargeUser'>;
}

/**
 * Makes retries safe (draft-ietf-httpapi-idempotency-key-header): of requests with the same Idempotency-Key the first one
 * creates, the others get its answer. Its id is stored before it creates anything, so that a retry finds what was created
 * also when the relay was killed before it could answer. Registered behind the guard.
 */
export function answerRetries(app: Api, { store, limits }: IdempotentRequestsOptions): void {
  /** Keys whose requests have not got their answers yet. */
  const running = new Set<string>();
  const keys = new WeakMap<FastifyRequest, string>();

  app.decorateRequest('resourceId', undefined);
  app.decorateRequest('isRetry', false);
  app.decorateRequest('hasCreated', function (this: FastifyRequest) {
    const key = keys.get(this);
    if (key !== undefined) running.delete(nameOf(this, key));
  });

  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key'];
    const { idempotent } = request.routeOptions.config;
    if (key === undefined || idempotent === undefined) return undefined;
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw new RelayError('bad_request', 'The header Idempotency-Key must be 1 to 200 visible ASCII characters.');
    }
    const name = nameOf(request, key);
    if (running.has(name)) throw stillRunning();
    running.add(name);
    let isClaimed = false;
    try {
      const claim = { hash: hashOfKey(key), request: requestHash(request), resource_id: newId(idempotent) };
      const earlier = await store.claim({ user_id: request.user.id, ...claim });
      if (earlier !== undefined && earlier.request !== claim.request) throw usedOtherwise();
      if (earlier !== undefined && earlier.status !== null && earlier.body !== null) {
        // Its handler, which charges the bridge, is not asked.
        if (!request.isCharged) await limits.chargeUser(request, reply);
        return replay(reply, earlier.status, openAnswer(earlier.body, key, request.user.id));
      }
      request.resourceId = earlier?.resource_id ?? claim.resource_id;
      request.isRetry = earlier !== undefined;
      keys.set(request, key);
      // Fastify calls no handler for a client that has gone, and no hook that would free the key.
      isClaimed = reply.raw.writable;
      return undefined;
    } finally {
      if (!isClaimed) running.delete(name);
    }
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const key = keys.get(request);
    if (key === undefined) return;
    try {
      if (!isKept(reply.statusCode) || typeof payload !== 'string' || payload.length > MAX_KEPT_CHARACTERS) return;
      const body = sealAnswer(payload, key, request.user.id);
      await store.answered(request.user.id, hashOfKey(key), reply.statusCode, body);
    } catch (err) {
      // It was created, and a retry finds it by its id.
      request.log.error({ err }, 'Cannot keep an answer for retries');
    } finally {
      running.delete(nameOf(request, key));
    }
  });
}

/** What may be different the next time is not kept: faults, a token that ended, a limit. */
function isKept(status: number): boolean {
  return status < 500 && status !== 401 && status !== 429;
}

function replay(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply
    .code(status)
    .headers({ 'idempotency-replayed': 'true', 'cache-control': 'no-store' })
    .type('application/json; charset=utf-8')
    .send(body);
}

function nameOf({ user }: FastifyRequest, key: string): string {
  return `${key} ${user.id}`;
}

function stillRunning(): RelayError {
  return new RelayError('conflict', 'The first request with this Idempotency-Key is still running: try again soon.', {
    retryAfter: RETRY_AFTER_SECONDS,
  });
}

function usedOtherwise(): RelayError {
  return new RelayError(
    'conflict',
    'This Idempotency-Key was used for another request within the last 24 hours: send each request with its own.',
  );
}
