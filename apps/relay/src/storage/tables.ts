import type { Generated, Selectable } from 'kysely';
import type { AuditAction, BridgeMessageStatus, MessageStatus, ProxyEnd, ProxyState } from '@cloudtolocalllm/protocol';

/**
 * The database as the query builder sees it. Times are ISO 8601 text in UTC with milliseconds (they sort as they
 * read, in every SQL dialect); `*_at` columns are whole seconds since 1970. Every row of a person carries its owner.
 */
export interface Tables {
  settings: SettingsTable;
  users: UsersTable;
  bridges: BridgesTable;
  oidc_payloads: OidcPayloadsTable;
  conversations: ConversationsTable;
  messages: MessagesTable;
  passwords: PasswordsTable;
  api_keys: ApiKeysTable;
  audit_events: AuditEventsTable;
  blobs: BlobsTable;
  attachments: AttachmentsTable;
  message_attachments: MessageAttachmentsTable;
  bridge_messages: BridgeMessagesTable;
  idempotency_keys: IdempotencyKeysTable;
  proxies: ProxiesTable;
  user_settings: UserSettingsTable;
  push_subscriptions: PushSubscriptionsTable;
}

/** The relay's own keys and secrets, made once. */
export interface SettingsTable {
  key: string;
  value: string;
}

export interface UsersTable {
  /** The subject of the issuer's tokens. */
  id: string;
  /** Empty when the issuer's tokens say no name. */
  name: string;
  created: string;
  /** Verified by the issuer; null when its tokens say none. */
  email: Generated<string | null>;
  /** Access tokens issued before (whole seconds since 1970) are worthless. */
  tokens_not_before: Generated<number>;
  /** When the newest access token that was seen was issued, in whole seconds since 1970. */
  last_token_at: Generated<number>;
}

/** Of the embedded issuer's accounts. */
export interface PasswordsTable {
  user_id: string;
  /** With its salt and cost; never the password. */
  hash: string;
  changed: string;
}

export interface ApiKeysTable {
  id: string;
  user_id: string;
  name: string;
  /** SHA-256 of the secret, base64url. */
  hash: string;
  /** How the secret begins. */
  hint: string;
  /** A JSON array of scopes. */
  scopes: string;
  /** A JSON array of bridge ids; null = all. */
  bridges: string | null;
  /** A JSON array of models; null = all. */
  models: string | null;
  created: string;
  expires: string | null;
  last_used: string | null;
}

export interface AuditEventsTable {
  id: string;
  user_id: string;
  created: string;
  action: AuditAction;
  target: string | null;
  address: string | null;
  note: string | null;
}

export interface BridgesTable {
  id: string;
  user_id: string;
  /** Chosen by the installed client; unique per user, which makes registering idempotent. */
  client_id: string;
  name: string;
  platform: string;
  version: string;
  /** A JSON array of strings. */
  capabilities: string;
  /** A JSON array of strings, as last reported. */
  models: string;
  ollama_status: 'connected' | 'disconnected';
  created: string;
  /** Null until it has connected once. */
  last_seen: string | null;
  /** Session tokens of another version are worthless; raised to revoke. */
  token_version: number;
  /** Its place in its owner's order, from 0. */
  priority: Generated<number>;
  /** 1: its owner named it, so what it says of itself when it registers does not count. */
  named_by_owner: Generated<0 | 1>;
}

/** What `oidc-provider` keeps: sessions, grants, codes, refresh tokens. */
export interface OidcPayloadsTable {
  model: string;
  id: string;
  /** A JSON object. */
  payload: string;
  grant_id: string | null;
  user_code: string | null;
  uid: string | null;
  expires_at: number | null;
  consumed_at: number | null;
}

export interface ConversationsTable {
  id: string;
  user_id: string;
  title: string;
  model: string;
  system_prompt: string | null;
  created: string;
  updated: string;
  /** The bridge that answered last, for sticky routing. */
  bridge_id: string | null;
  /** A JSON object of generation options. */
  options: Generated<string | null>;
  pinned: Generated<0 | 1>;
  archived: Generated<0 | 1>;
  /** 1: the model finds a title after its first answer. */
  auto_title: Generated<0 | 1>;
  /** Who gave it its title; a person's is never replaced. */
  title_source: Generated<'default' | 'question' | 'model' | 'person'>;
  /** When its person deleted it: hidden everywhere, and removed when it can't be had back any more. */
  deleted: Generated<string | null>;
  /** The last message of the branch that is shown; null without messages. */
  current_message_id: Generated<string | null>;
  /** What it was imported from; unique per user, which makes importing idempotent. */
  imported_from: Generated<string | null>;
}

export interface MessagesTable {
  id: string;
  conversation_id: string;
  user_id: string;
  role: 'user' | 'assistant';
  content: string;
  status: MessageStatus;
  model: string | null;
  created: string;
  /** Its place in the conversation, from 0; unique in it. */
  position: number;
  total_tokens: number | null;
  error_code: string | null;
  error_message: string | null;
  /** The message that it follows; null for a first one. */
  parent_id: Generated<string | null>;
  /** What the model reasoned. */
  thinking: Generated<string>;
  /** A JSON array of tool calls. */
  tool_calls: Generated<string | null>;
  /** A JSON object, `answerMetadata` of the protocol. */
  metadata: Generated<string | null>;
  /** Until when a queued one waits. */
  expires: Generated<string | null>;
  /** The one bridge that may answer, when its person named it. */
  wanted_bridge_id: Generated<string | null>;
  /** The number of its generation's last event that is in the database. */
  last_seq: Generated<number>;
}

/** The bytes of attachments, once per user and content. */
export interface BlobsTable {
  user_id: string;
  /** SHA-256, base64url. */
  hash: string;
  bytes: Uint8Array;
}

export interface AttachmentsTable {
  id: string;
  user_id: string;
  hash: string;
  name: string;
  /** Its media type. */
  type: string;
  size: number;
  created: string;
}

export interface MessageAttachmentsTable {
  user_id: string;
  message_id: string;
  attachment_id: string;
  /** From 0. */
  place: number;
}

/** The durable queue of `POST /api/bridge/{bridgeId}/message`. */
export interface BridgeMessagesTable {
  /** In which order they came. */
  number: Generated<number>;
  id: string;
  user_id: string;
  bridge_id: string;
  /** A JSON object: the request's payload. */
  payload: string;
  status: BridgeMessageStatus;
  /** 1: the bridge has acknowledged it. */
  accepted: Generated<0 | 1>;
  created: string;
  expires: string;
  ended: string | null;
  content: Generated<string>;
  thinking: Generated<string>;
  last_seq: Generated<number>;
  total_tokens: number | null;
  error_code: string | null;
  error_message: string | null;
}

/** `Idempotency-Key` of creating requests. */
export interface IdempotencyKeysTable {
  user_id: string;
  /** SHA-256 of the key, base64url. */
  hash: string;
  /** SHA-256 of method, path and body, base64url: another request may not use the key. */
  request: string;
  /** The id that the first request gave, or would have given, to what it created. */
  resource_id: string;
  /** Of the answer; null while there is none. */
  status: number | null;
  /** The answer, encrypted with a key that is made of the Idempotency-Key itself: it may hold a secret. */
  body: string | null;
  created: string;
}

/** Ephemeral streaming proxies, those that run and, for their owners' history, those that have ended. */
export interface ProxiesTable {
  id: string;
  user_id: string;
  bridge_id: string;
  /** The API key that made it; null when a person did. */
  key_id: string | null;
  name: string | null;
  /** SHA-256 of the token, base64url. */
  token_hash: string;
  /** A JSON object, `proxyConfig` of the protocol, with defaults. */
  config: string;
  driver: 'process' | 'docker';
  /** A JSON object, `proxyEnforcement`. */
  enforcement: string;
  status: ProxyState;
  created: string;
  expires: string;
  ended: string | null;
  reason: ProxyEnd | null;
  /** Of a crash, in words. */
  detail: string | null;
  /** Its figures: JSON objects, `metrics` and `resources` of `proxyStatus`. */
  metrics: string;
  resources: string;
}

/** What people chose for all their devices; of who chose nothing there is no row. */
export interface UserSettingsTable {
  user_id: string;
  /** A JSON object, part of `accountSettings` of the protocol: what is absent has its default. */
  settings: string;
  changed: string;
}

/** Browsers that get notices by Web Push. */
export interface PushSubscriptionsTable {
  id: string;
  user_id: string;
  /** Whoever knows it can send to it: a secret, but for its origin. */
  endpoint: string;
  /** The browser's public key and its authentication secret, base64url. */
  p256dh: string;
  auth: string;
  /** What its person calls it. */
  name: string | null;
  user_agent: string | null;
  created: string;
  /** How often in a row it could not be reached. */
  failures: Generated<number>;
}

export type ProxyRow = Selectable<ProxiesTable>;
export type PushSubscriptionRow = Selectable<PushSubscriptionsTable>;
export type UserRow = Selectable<UsersTable>;
export type BridgeRow = Selectable<BridgesTable>;
export type ConversationRow = Selectable<ConversationsTable>;
export type MessageRow = Selectable<MessagesTable>;
export type ApiKeyRow = Selectable<ApiKeysTable>;
export type AuditEventRow = Selectable<AuditEventsTable>;
export type AttachmentRow = Selectable<AttachmentsTable>;
export type BridgeMessageRow = Selectable<BridgeMessagesTable>;
export type IdempotencyKeyRow = Selectable<IdempotencyKeysTable>;
