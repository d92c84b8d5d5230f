import {
  answerAgainRequest,
  apiError,
  chatEvent,
  conversationId,
  messageId,
  sendMessageRequest,
  sendMessageResponse,
  type SendMessageResponse,
} from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { bridgeStore } from '../bridges/bridge-store.ts';
import { noSuchBridge } from '../bridges/no-such-bridge.ts';
import { RelayError } from '../errors.ts';
import { mayReach, requireModel } from '../keys/restrictions.ts';
import { attachmentStore } from './attachments/attachment-store.ts';
import { required } from './conversation-routes.ts';
import { type StoredConversation, conversationStore } from './conversation-store.ts';
import { EVENT_STREAM_LIMITS, sendStoredEvents, streamEvents } from './event-stream.ts';
import type { Generation } from './generation.ts';
import type { AskOptions } from './generations-options.ts';
import { messageStore, toMessage } from './message-store.ts';
import type { ChatRoutesOptions } from './routes.ts';
import { choose } from './routing.ts';
import { sendWhole, WHOLE_ANSWER_LIMITS } from './whole-answer.ts';

const messagesPath = '/api/chat/conversations/:conversationId/messages';
const conversationParams = z.object({ conversationId });
const messageParams = z.object({ conversationId, messageId });

const answer = {
  200: {
    description: 'The answer.',
    content: {
      'application/x-ndjson': { schema: chatEvent },
      'application/json': { schema: sendMessageResponse },
    },
  },
  409: apiError,
};

/** What is the same in all requests for an answer. */
type AnswerRequest = FastifyRequest<{
  Params: z.infer<typeof conversationParams>;
  Body: z.infer<typeof answerAgainRequest>;
}>;

/** The requests that have an answer made. */
export function answerRoutes(api: Api, options: ChatRoutesOptions): void {
  const { database, generations, links, limits } = options;
  const streamLimits = { ...EVENT_STREAM_LIMITS, ...options.eventStreamLimits };
  const wholeLimits = { ...WHOLE_ANSWER_LIMITS, ...options.wholeAnswerLimits };
  const conversations = conversationStore(database.kysely);
  const messages = messageStore(database.kysely);
  const attachments = attachmentStore(database.kysely);
  const bridges = bridgeStore(database.kysely);

  /** Counts a question against the bridge that would answer it now; against its user when there is none. */
  async function charge(request: AnswerRequest, reply: FastifyReply, { bridge_id }: StoredConversation, model: string) {
    const { user, body } = request;
    const reachable = links?.ofUser(user.id).filter(({ bridgeId }) => mayReach(user, bridgeId)) ?? [];
    const route = choose(reachable, { named: body.bridgeId, bridgeId: bridge_id ?? undefined, model });
    if (route) await limits?.chargeBridge(request, reply, route.link.bridgeId);
    else await limits?.chargeUser(request, reply);
  }

  async function askOptions(
    request: AnswerRequest,
    reply: FastifyReply,
    asked: StoredConversation,
  ): Promise<AskOptions> {
    const { user, body } = request;
    const { bridgeId, model, ifOffline } = body;
    if (bridgeId !== undefined && (!mayReach(user, bridgeId) || !(await bridges.find(user.id, bridgeId)))) {
      throw noSuchBridge(bridgeId);
    }
    return {
      bridgeId,
      model,
      ifOffline,
      bridges: user.key?.bridges,
      messageId: request.resourceId,
      async admit(chosen) {
        requireModel(user, chosen);
        await charge(request, reply, asked, chosen);
      },
    };
  }

  async function stored(user: string, conversation: string, id: string): Promise<SendMessageResponse | undefined> {
    const row = await messages.get(user, conversation, id);
    if (!row) return undefined;
    const attached = await attachments.ofMessages(user, [id]);
    return { success: true, message: toMessage(row, attached.get(id)) };
  }

  /** For `stream: false`: when the answer is whole, or with what went wrong. */
  async function made({ key, ended }: Generation): Promise<SendMessageResponse> {
    const outcome = await ended;
    if ('error' in outcome) {
      const { code, message } = outcome.error;
      throw new RelayError(code, message, { details: { messageId: key.messageId } });
    }
    return found(await stored(key.userId, key.conversationId, key.messageId));
  }

  async function answered(request: AnswerRequest, reply: FastifyReply, generation: Generation) {
    const { userId, conversationId: conversation, messageId: id } = generation.key;
    request.hasCreated();
    if (request.body.stream) return streamEvents(reply, generation, 0, streamLimits);
    // It may take a day: whoever does not listen asks again later.
    if (generation.status === 'queued') return found(await stored(userId, conversation, id));
    return sendWhole(reply, made(generation), wholeLimits);
  }

  /**
   * A retry of a request whose answer was begun already: that one, from its start. `continued` has the id of the message
   * that shall go on: of a kill in between nothing is left to follow, and going on again is what was asked for.
   */
  async function begunBefore(request: AnswerRequest, reply: FastifyReply, continued?: string) {
    const { isRetry, user, params } = request;
    const id = continued ?? request.resourceId;
    if (id === undefined || !isRetry) return undefined;
    const generation = generations.find(user.id, params.conversationId, id);
    const isFollowed = generation !== undefined && (continued === undefined || generation.before !== undefined);
    if (isFollowed) {
      await limits?.chargeUser(request, reply);
      return { answer: await answered(request, reply, generation) };
    }
    if (continued !== undefined) return undefined;
    const row = await messages.get(user.id, params.conversationId, id);
    if (!row) return undefined;
    await limits?.chargeUser(request, reply);
    if (request.body.stream) return { answer: sendStoredEvents(reply, row) };
    // Also one that failed: the message says why.
    return { answer: found(await stored(user.id, params.conversationId, id)) };
  }

  async function answerTo(
    request: AnswerRequest,
    reply: FastifyReply,
    ask: (conversation: StoredConversation, options: AskOptions) => Promise<Generation>,
    continued?: string,
  ) {
    const conversation = required(await conversations.get(request.user.id, request.params.conversationId));
    const before = await begunBefore(request, reply, continued);
    if (before) return before.answer;
    const generation = await ask(conversation, await askOptions(request, reply, conversation));
    return answered(request, reply, generation);
  }

  api.post(
    messagesPath,
    {
      config: { access: 'chat', limitedBy: 'bridge', idempotent: 'msg' },
      schema: {
        operationId: 'sendMessage',
        summary: 'Send a message and get the answer',
        description:
          'The answer streams as JSON lines, or comes whole with `stream: false`. It goes on being made when the client ' +
          'goes away: `GET …/messages/{messageId}/events` takes it up again.',
        tags: ['Chat'],
        params: conversationParams,
        body: sendMessageRequest,
        response: answer,
      },
    },
    (request, reply) =>
      answerTo(request, reply, (conversation, asked) => generations.send(conversation, request.body, asked)),
  );

  api.post(
    `${messagesPath}/:messageId/regenerate`,
    {
      config: { access: 'chat', limitedBy: 'bridge', idempotent: 'msg' },
      schema: {
        operationId: 'regenerateMessage',
        summary: 'Get another answer',
        description: 'Beside this answer, or to this question; the one that is there stays. Answers as sending does.',
        tags: ['Chat'],
        params: messageParams,
        body: answerAgainRequest,
        response: answer,
      },
    },
    (request, reply) =>
      answerTo(request, reply, (conversation, asked) =>
        generations.regenerate(conversation, request.params.messageId, asked),
      ),
  );

  api.post(
    `${messagesPath}/:messageId/continue`,
    {
      config: { access: 'chat', limitedBy: 'bridge', idempotent: 'msg' },
      schema: {
        operationId: 'continueMessage',
        summary: 'Get more of an answer',
        description:
          'Goes on with an answer that was stopped, interrupted or came to its end: what comes is added to it. The events ' +
          'begin with a `replace` that has what it says already.',
        tags: ['Chat'],
        params: messageParams,
        body: answerAgainRequest,
        response: answer,
      },
    },
    (request, reply) =>
      answerTo(
        request,
        reply,
        (conversation, asked) => generations.continue(conversation, request.params.messageId, asked),
        request.params.messageId,
      ),
  );
}

/** A message that was there a moment ago. Throws RelayError not_found when its conversation was removed meanwhile. */
function found(response: SendMessageResponse | undefined): SendMessageResponse {
  if (!response) throw new RelayError('not_found', 'This conversation does not exist any more.');
  return response;
}
