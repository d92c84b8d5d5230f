import {
  bridgeId,
  bridgeMessage,
  bridgeMessageCancelled,
  bridgeMessageList,
  bridgeMessageQueued,
  bridgeMessageRequest,
  chatEvent,
  eventsQuery,
  messageId,
  newId,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { User } from '../accounts/rights.ts';
import type { Api } from '../api.ts';
import type { BridgeStore } from '../bridges/bridge-store.ts';
import { noSuchBridge } from '../bridges/no-such-bridge.ts';
import { EVENT_STREAM_LIMITS, type EventStreamLimits } from '../chat/event-stream.ts';
import { RelayError } from '../errors.ts';
import { mayReach, requireModel } from '../keys/restrictions.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import type { BridgeMessageRow } from '../storage/tables.ts';
import type { BridgeQueue } from './bridge-queue.ts';
import { toBridgeMessage, toListedMessage } from './queue-store.ts';
import { sendStoredAnswer, streamAnswer } from './stream-answer.ts';

export interface QueueRoutesOptions {
  bridges: Pick<BridgeStore, 'find'>;
  queue: BridgeQueue;
  limits: Pick<RequestLimits, 'chargeBridge'>;
  eventStreamLimits?: Partial<EventStreamLimits>;
}

const queuePath = '/api/bridge/:bridgeId/message';
const messagePath = `${queuePath}/:messageId`;
const queueParams = z.object({ bridgeId });
const messageParams = z.object({ bridgeId, messageId });
const eventLines = { description: 'The events.', content: { 'application/x-ndjson': { schema: chatEvent } } };

/** `/api/bridge/{bridgeId}/message`: what waits for a bridge, and its answers. */
export function queueRoutes(api: Api, options: QueueRoutesOptions): void {
  const { bridges, queue, limits } = options;
  const { store } = queue;
  const streamLimits = { ...EVENT_STREAM_LIMITS, ...options.eventStreamLimits };

  async function requireBridge(user: User, id: string): Promise<void> {
    const bridge = mayReach(user, id) ? await bridges.find(user.id, id) : undefined;
    if (bridge === undefined) throw noSuchBridge(id);
  }

  async function shown(row: BridgeMessageRow) {
    return toBridgeMessage(row, row.status === 'queued' ? await store.position(row) : undefined);
  }

  api.post(
    queuePath,
    {
      config: { access: 'inference', limitedBy: 'bridge', idempotent: 'msg' },
      schema: {
        operationId: 'queueMessage',
        summary: 'Queue a message for a bridge',
        description:
          'It is stored before it is answered, whether or not the bridge is there. The bridge gets its messages in their ' +
          'order, one at a time, each once.',
        tags: ['Bridges'],
        params: queueParams,
        body: bridgeMessageRequest,
        response: { 200: bridgeMessageQueued },
      },
    },
    async (request, reply) => {
      const { user, body } = request;
      const { bridgeId: bridge } = request.params;
      await requireBridge(user, bridge);
      requireModel(user, body.payload.model);
      const key = { id: request.resourceId ?? newId('msg'), userId: user.id, bridgeId: bridge };
      await limits.chargeBridge(request, reply, bridge);
      const earlier = request.isRetry ? await store.get(user.id, bridge, key.id) : undefined;
      const row = earlier ?? (await queue.add({ ...key, payload: body.payload, expiresInSeconds: body.expiresIn }));
      const { messageId: id, status, position } = await shown(row);
      return { success: true as const, messageId: id, status, position };
    },
  );

  api.get(
    queuePath,
    {
      config: { access: 'inference' },
      schema: {
        operationId: 'listQueuedMessages',
        summary: 'List the messages in the queue of a bridge',
        description: 'What waits or runs in its order, then the 100 that ended last; without their results.',
        tags: ['Bridges'],
        params: queueParams,
        response: { 200: bridgeMessageList },
      },
    },
    async ({ user, params }) => {
      await requireBridge(user, params.bridgeId);
      let waiting = 0;
      const rows = await store.list(user.id, params.bridgeId);
      return { messages: rows.map((row) => toListedMessage(row, row.status === 'queued' ? ++waiting : undefined)) };
    },
  );

  api.get(
    messagePath,
    {
      config: { access: 'inference' },
      schema: {
        operationId: 'getQueuedMessage',
        summary: 'Get a message of the queue and its result',
        tags: ['Bridges'],
        params: messageParams,
        response: { 200: bridgeMessage },
      },
    },
    async ({ user, params }) => {
      const row = mayReach(user, params.bridgeId)
        ? await store.get(user.id, params.bridgeId, params.messageId)
        : undefined;
      if (row === undefined) throw noSuchMessage();
      return shown(row);
    },
  );

  api.get(
    `${messagePath}/events`,
    {
      config: { access: 'inference', stream: true },
      schema: {
        operationId: 'followQueuedMessage',
        summary: 'Follow a message of the queue',
        description: '`after`: only what came after the event with this `seq`.',
        tags: ['Bridges'],
        params: messageParams,
        querystring: eventsQuery,
        response: { 200: eventLines },
      },
    },
    async ({ user, params, query: { after } }, reply) => {
      if (!mayReach(user, params.bridgeId)) throw noSuchMessage();
      const followed = await queue.follow({ ...params, id: params.messageId, userId: user.id });
      if (followed === undefined) throw noSuchMessage();
      if (!('answer' in followed)) return sendStoredAnswer(reply, followed, after);
      streamAnswer(reply, followed.answer, { after, limits: streamLimits, left: followed.release });
      return reply;
    },
  );

  api.delete(
    messagePath,
    {
      config: { access: 'inference' },
      schema: {
        operationId: 'cancelQueuedMessage',
        summary: 'Cancel a message of the queue',
        description: 'One that runs is stopped, and what was said is kept. One that has ended stays as it is.',
        tags: ['Bridges'],
        params: messageParams,
        response: { 200: bridgeMessageCancelled },
      },
    },
    async ({ user, params }) => {
      const row = mayReach(user, params.bridgeId)
        ? await queue.cancel({ ...params, id: params.messageId, userId: user.id })
        : undefined;
      if (row === undefined) throw noSuchMessage();
      return { success: true as const, message: await shown(row) };
    },
  );
}

/** Also for another user's: whether it exists is nobody else's business. */
function noSuchMessage(): RelayError {
  return new RelayError('not_found', 'There is no such message in the queue of this bridge.');
}
