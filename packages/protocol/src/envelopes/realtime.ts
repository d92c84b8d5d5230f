import { z } from 'zod';
import { bridgeStatus } from '../api/bridges.ts';
import { chatEvent } from '../api/chat-events.ts';
import { conversation } from '../api/conversations.ts';
import { message } from '../api/messages.ts';
import { proxyStatus } from '../api/proxies.ts';
import { bridgeMessage } from '../api/queue.ts';
import { accountSettings } from '../api/settings.ts';
import { bridgeId, conversationId, messageId } from '../ids.ts';
import { envelope } from './envelope.ts';

/**
 * The first message on `/ws/chat/{conversationId}` and `/ws/status/{userId}`, the answer to each `resume` and to each good
 * `authenticate`. Its `id` is where the client stands now. `missed`: what happened before can't be told any more, so fetch
 * everything anew; that may also come unasked, when too much happened at once.
 */
const ready = envelope('ready', z.object({ missed: z.boolean() }));
/** A conversation was made, changed, archived or brought back. */
const conversationChanged = envelope('conversation', z.object({ conversation }));
const conversationDeleted = envelope(
  'conversation_deleted',
  z.object({ conversationId, undoUntil: z.iso.datetime().optional() }),
);
/** A message was added or changed. Of one that is being made, the text comes by `chat_event`. */
const messageChanged = envelope('message', z.object({ conversationId, message }));
/** On `/ws/chat/…`: a message was deleted, and all that followed it. */
const messagesGone = envelope('messages_deleted', z.object({ conversationId, messageIds: z.array(messageId) }));
/**
 * On `/ws/chat/…`: an event of an answer that is being made. Who comes when it has begun gets all of it so far first, as
 * one `replace`. Its `id` is that of the change before it.
 */
const chatEventHappened = envelope('chat_event', z.object({ conversationId, messageId, event: chatEvent }));
/** On `/ws/status/…`: a bridge came, went, reported or was changed. */
const bridgeChanged = envelope('bridge', z.object({ bridge: bridgeStatus }));
const bridgeRemoved = envelope('bridge_removed', z.object({ bridgeId }));
/** On `/ws/status/…`: a message in a bridge's queue was added or changed. */
const bridgeMessageChanged = envelope('bridge_message', z.object({ message: bridgeMessage }));
/** On `/ws/status/…`: a proxy was made, ended, or its figures moved; while it works at most once a second. */
const proxyChanged = envelope('proxy', z.object({ proxy: proxyStatus }));

/** On `/ws/status/…`: the person changed their settings, on whichever device. */
const settingsChangedElsewhere = envelope('settings', z.object({ settings: accountSettings }));

/** What the relay sends to people's devices. Each `id` can be resumed after. Ignore types that you do not know. */
export const realtimeToClient = z
  .discriminatedUnion('type', [
    ready,
    conversationChanged,
    conversationDeleted,
    messageChanged,
    messagesGone,
    chatEventHappened,
    bridgeChanged,
    bridgeRemoved,
    bridgeMessageChanged,
    proxyChanged,
    settingsChangedElsewhere,
  ])
  .meta({ id: 'RealtimeMessage' });
export type RealtimeToClient = z.infer<typeof realtimeToClient>;

/** What a client may send: where it stood before it was away, and a newer access token for this socket. */
export const realtimeToRelay = z.discriminatedUnion('type', [
  envelope('resume', z.object({ after: z.string().max(128) })),
  envelope('authenticate', z.object({ token: z.string().min(1).max(8192) })),
]);
export type RealtimeToRelay = z.infer<typeof realtimeToRelay>;
