import {
  type AccountSettings,
  type BridgeMessage,
  type BridgeStatus,
  type Conversation,
  type Message,
  type ProxyStatus,
  type RealtimeToClient,
} from '@cloudtolocalllm/protocol';
import type { UserEvent } from '../fabric/user-events.ts';

/** A message for devices, before it is numbered. */
export type Told = Exclude<RealtimeToClient, { type: 'ready' | 'chat_event' }>;

/** What things are now, by owner; undefined when they are gone. */
export interface ChangeSources {
  conversation(userId: string, conversationId: string): Promise<Conversation | undefined>;
  message(userId: string, conversationId: string, messageId: string): Promise<Message | undefined>;
  bridge(userId: string, bridgeId: string): Promise<BridgeStatus | undefined>;
  bridgeMessage(userId: string, bridgeId: string, messageId: string): Promise<BridgeMessage | undefined>;
  proxy(userId: string, proxyId: string): Promise<ProxyStatus | undefined>;
  settings(userId: string): Promise<AccountSettings>;
}

/** Reads what changed. Undefined when there is nothing to tell: it is gone, and another event says so. */
export type ReadChange = (userId: string, event: UserEvent) => Promise<Told | undefined>;

export function changeReader(sources: ChangeSources): ReadChange {
  return async (userId, event) => {
    switch (event.type) {
      case 'conversation': {
        const conversation = await sources.conversation(userId, event.conversationId);
        return conversation && { type: 'conversation', payload: { conversation } };
      }
      case 'conversation_deleted': {
        const { conversationId, undoUntil } = event;
        return { type: 'conversation_deleted', payload: { conversationId, undoUntil } };
      }
      case 'message': {
        const { conversationId } = event;
        const message = await sources.message(userId, conversationId, event.messageId);
        return message && { type: 'message', payload: { conversationId, message } };
      }
      case 'messages_deleted': {
        const { conversationId, messageIds } = event;
        return { type: 'messages_deleted', payload: { conversationId, messageIds } };
      }
      case 'bridge': {
        const bridge = await sources.bridge(userId, event.bridgeId);
        return bridge && { type: 'bridge', payload: { bridge } };
      }
      case 'bridge_removed':
        return { type: 'bridge_removed', payload: { bridgeId: event.bridgeId } };
      case 'bridge_message': {
        const message = await sources.bridgeMessage(userId, event.bridgeId, event.messageId);
        return message && { type: 'bridge_message', payload: { message } };
      }
      case 'proxy': {
        const proxy = await sources.proxy(userId, event.proxyId);
        return proxy && { type: 'proxy', payload: { proxy } };
      }
      case 'settings':
        return { type: 'settings', payload: { settings: await sources.settings(userId) } };
    }
  };
}

/** The thing that an event is about: its events are told in their order, and only the newest of them. */
export function thingOf(event: UserEvent): string {
  switch (event.type) {
    case 'conversation':
    case 'conversation_deleted':
      return event.conversationId;
    case 'message':
      return event.messageId;
    case 'messages_deleted':
      // Nothing else may take its place, not even a later deletion.
      return `deleted ${event.messageIds[0]}`;
    case 'bridge':
    case 'bridge_removed':
      return event.bridgeId;
    case 'bridge_message':
      return `queued ${event.messageId}`;
    case 'proxy':
      return event.proxyId;
    case 'settings':
      return event.type;
  }
}
