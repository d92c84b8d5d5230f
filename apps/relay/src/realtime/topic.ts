import { type Right, RUNNING_STATUSES } from '@cloudtolocalllm/protocol';
import type { User } from '../accounts/rights.ts';
import { mayReach } from '../keys/restrictions.ts';
import type { Told } from './change-reader.ts';

/** What a socket is for. */
export type Topic = { type: 'status' } | { type: 'chat'; conversationId: string };

const RUNNING: ReadonlySet<string> = new Set(RUNNING_STATUSES);

/** Those of which one opens a status socket. What is told on it goes by each, as it does at the API. */
export const STATUS_RIGHTS: readonly Right[] = ['chat', 'bridges:read', 'inference', 'proxies'];

/** Whether this is told on such a socket to one who may do what this user may. */
export function isTold(topic: Topic, user: User, told: Told): boolean {
  switch (told.type) {
    case 'conversation':
      return user.rights.has('chat') && isAbout(topic, told.payload.conversation.id);
    case 'conversation_deleted':
      return user.rights.has('chat') && isAbout(topic, told.payload.conversationId);
    case 'message':
    case 'messages_deleted':
      return topic.type === 'chat' && user.rights.has('chat') && isAbout(topic, told.payload.conversationId);
    case 'bridge':
      return mayHearOf(topic, user, 'bridges:read', told.payload.bridge.bridgeId);
    case 'bridge_removed':
      return mayHearOf(topic, user, 'bridges:read', told.payload.bridgeId);
    case 'bridge_message':
      return mayHearOf(topic, user, 'inference', told.payload.message.bridgeId);
    case 'proxy':
      return mayHearOf(topic, user, 'proxies', told.payload.proxy.bridgeId);
    case 'settings':
      return topic.type === 'status' && user.rights.has('account');
  }
}

/** The message whose answer is now being made, if this says so. */
export function answerIn(told: Told): string | undefined {
  return told.type === 'message' && RUNNING.has(told.payload.message.status) ? told.payload.message.id : undefined;
}

function isAbout(topic: Topic, conversationId: string): boolean {
  return topic.type === 'status' || topic.conversationId === conversationId;
}

function mayHearOf(topic: Topic, user: User, right: Right, bridgeId: string): boolean {
  return topic.type === 'status' && user.rights.has(right) && mayReach(user, bridgeId);
}
