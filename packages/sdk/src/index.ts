export { ApiError, type ApiErrorCode, type ApiErrorOptions } from './api-error.ts';
export type { AccountCalls, CallOptions } from './account.ts';
export type { AuditCalls } from './audit.ts';
export type { BridgeCalls } from './bridges.ts';
export { placeAfter, type ConnectionState } from './chat-stream.ts';
export { createClient, type Client } from './client.ts';
export type { ConversationCalls } from './conversations.ts';
export type { HealthCalls } from './health.ts';
export type { KeyCalls } from './keys.ts';
export type { FollowOptions, MessageCalls } from './messages.ts';
export { decodeNdjson, NdjsonError, type NdjsonErrorCode } from './ndjson.ts';
export { createSignIn, type Locks, type SignIn, type SignInOptions } from './sign-in.ts';
export { SignInError, type SignInErrorCode } from './sign-in-error.ts';
export type { KeyValueStorage } from './storage.ts';
export type { TokenSource, TransportOptions } from './transport.ts';
export type {
  ApiKey,
  AuditEvent,
  AuditList,
  AuthConfig,
  BridgeStatus,
  ChatEvent,
  Conversation,
  ConversationList,
  CreateConversationRequest,
  CreateKeyRequest,
  DetailedHealth,
  Health,
  Me,
  Message,
  MessageStatus,
  UpdateConversationRequest,
} from '@cloudtolocalllm/protocol';
