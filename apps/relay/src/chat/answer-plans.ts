import { DEFAULT_TITLE, newId } from '@cloudtolocalllm/protocol';
import type { Compilable } from 'kysely';
import { RelayError } from '../errors.ts';
import type { MessageRow } from '../storage/tables.ts';
import type { AttachmentStore } from './attachments/attachment-store.ts';
import type { ConversationStore, StoredConversation } from './conversation-store.ts';
import { CONTINUED_GAP } from './event-log.ts';
import type { GenerationKey, GenerationOptions } from './generation.ts';
import { type MessageStore, toToolCalls } from './message-store.ts';
import { titleFrom } from './title.ts';

export interface PlanStores {
  conversations: ConversationStore;
  messages: MessageStore;
  attachments: Pick<AttachmentStore, 'usable' | 'linked'>;
}

/** What a person says. */
export interface Question {
  content: string;
  /** The answer that it follows; undefined: the newest one that is shown; null: none. */
  parentId?: string | null | undefined;
  attachments?: readonly string[] | undefined;
}

/** How the message begins that is to be answered. */
export interface Beginning {
  status: 'queued' | 'loading';
  /** Until when it waits. */
  expires: string | null;
  wanted_bridge_id: string | null;
  created: string;
}

/** An answer that is to be made: what it needs to be stored first. */
export interface AnswerPlan {
  key: GenerationKey;
  model: string;
  before?: GenerationOptions['before'];
  queries(beginning: Beginning): Compilable[];
}

interface PlanOptions {
  /** Of this answer alone. */
  model?: string | undefined;
  /** Of the answer, when a retry has to find it. */
  messageId?: string | undefined;
}

/** A question and its answer. Throws RelayError validation_failed. */
export async function planQuestion(
  stores: PlanStores,
  conversation: StoredConversation,
  { content, parentId, attachments = [] }: Question,
  { model = conversation.model, messageId = newId('msg') }: PlanOptions,
): Promise<AnswerPlan> {
  const { id: conversationId, user_id: userId } = conversation;
  const parent = await parentOf(stores.messages, conversation, parentId);
  const files = (await stores.attachments.usable(userId, attachments)).map(({ id }) => id);
  const key = { userId, conversationId, messageId, userMessageId: newId('msg') };
  return {
    key,
    model,
    queries: (beginning) => [
      stores.messages.added({
        id: key.userMessageId,
        conversation_id: conversationId,
        user_id: userId,
        role: 'user',
        content,
        status: 'complete',
        model: null,
        created: beginning.created,
        parent_id: parent?.id ?? null,
      }),
      ...stores.attachments.linked(userId, key.userMessageId, files),
      ...newAnswer(stores, key, model, beginning),
      stores.conversations.titled(userId, conversationId, titleFrom(content) || DEFAULT_TITLE),
    ],
  };
}

/** Another answer beside this one, or to this question. Throws RelayError not_found, validation_failed. */
export async function planAgain(
  stores: PlanStores,
  conversation: StoredConversation,
  id: string,
  { model = conversation.model, messageId = newId('msg') }: PlanOptions,
): Promise<AnswerPlan> {
  const { id: conversationId, user_id: userId } = conversation;
  const message = await required(stores.messages, conversation, id);
  const userMessageId = message.role === 'user' ? message.id : message.parent_id;
  if (userMessageId === null) {
    throw new RelayError('validation_failed', 'This answer follows no question. Send a message to get another one.');
  }
  const key = { userId, conversationId, messageId, userMessageId };
  return { key, model, queries: (beginning) => newAnswer(stores, key, model, beginning) };
}

/** More of this answer. Throws RelayError not_found, validation_failed. */
export async function planMore(
  stores: PlanStores,
  conversation: StoredConversation,
  id: string,
  options: PlanOptions,
): Promise<AnswerPlan> {
  const { id: conversationId, user_id: userId } = conversation;
  const message = await required(stores.messages, conversation, id);
  if (message.role === 'user') {
    throw new RelayError(
      'validation_failed',
      'Only answers can be continued. Regenerate a question to have it answered.',
    );
  }
  const model = options.model ?? message.model ?? conversation.model;
  const isFollowed = await stores.messages.isFollowed(userId, conversationId, id);
  return {
    key: { userId, conversationId, messageId: id, userMessageId: message.parent_id ?? undefined },
    model,
    before: beforeOf(message),
    queries: ({ created, ...beginning }) => [
      // `start` and `replace`, and `queued` when it waits.
      stores.messages.begun(userId, id, {
        ...beginning,
        model,
        last_seq: message.last_seq + CONTINUED_GAP + (beginning.status === 'queued' ? 2 : 1),
      }),
      // The branches behind it are shown as before.
      ...(isFollowed ? [] : [stores.conversations.shown(userId, conversationId, id)]),
      stores.conversations.touched(userId, conversationId, created),
    ],
  };
}

/** An answer that waits in the database. */
export function planStored(row: MessageRow): Pick<AnswerPlan, 'key' | 'model' | 'before'> {
  const { user_id: userId, conversation_id: conversationId, id: messageId, parent_id } = row;
  // A fresh one says again what the relay before said, under the same numbers; any other begins behind them.
  const isFresh = row.content === '' && row.thinking === '' && row.last_seq <= 2;
  return {
    key: { userId, conversationId, messageId, userMessageId: parent_id ?? undefined },
    model: row.model ?? '',
    before: isFresh ? undefined : beforeOf(row),
  };
}

/** What a stored answer says before more of it is made. */
function beforeOf(message: MessageRow): NonNullable<GenerationOptions['before']> {
  return {
    content: message.content,
    thinking: message.thinking,
    toolCalls: toToolCalls(message),
    lastSeq: message.last_seq,
    totalTokens: message.total_tokens ?? 0,
  };
}

function newAnswer(
  { messages, conversations }: PlanStores,
  key: GenerationKey,
  model: string,
  { created, ...beginning }: Beginning,
): Compilable[] {
  const { userId, conversationId, messageId, userMessageId = null } = key;
  return [
    messages.added({
      ...beginning,
      id: messageId,
      conversation_id: conversationId,
      user_id: userId,
      role: 'assistant',
      content: '',
      model,
      created,
      parent_id: userMessageId,
      // `start`, and `queued` when it waits.
      last_seq: beginning.status === 'queued' ? 2 : 1,
    }),
    conversations.shown(userId, conversationId, messageId),
    conversations.touched(userId, conversationId, created),
  ];
}

async function parentOf(
  messages: MessageStore,
  { id, user_id }: StoredConversation,
  parentId: string | null | undefined,
): Promise<MessageRow | undefined> {
  if (parentId === null) return undefined;
  const parent = await (parentId === undefined ? messages.current(user_id, id) : messages.get(user_id, id, parentId));
  if (!parent && parentId !== undefined) {
    throw invalidParent('There is no such message in this conversation. Send the id of one of its answers, or null.');
  }
  if (parent?.role === 'user') {
    throw invalidParent(
      'A question follows an answer, and this message is a question. Send the id of an answer as parentId, null for a ' +
        'new beginning, or regenerate the question to have it answered.',
    );
  }
  return parent;
}

async function required(messages: MessageStore, { id, user_id }: StoredConversation, messageId: string) {
  const message = await messages.get(user_id, id, messageId);
  if (!message) throw new RelayError('not_found', 'There is no such message.');
  return message;
}

function invalidParent(message: string): RelayError {
  return new RelayError('validation_failed', message, {
    details: { parentId: 'must be an answer of this conversation' },
  });
}
