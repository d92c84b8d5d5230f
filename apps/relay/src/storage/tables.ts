import type { Generated, Selectable } from 'kysely';
import type { AuditAction, MessageStatus } from '@cloudtolocalllm/protocol';

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
}

export type UserRow = Selectable<UsersTable>;
export type BridgeRow = Selectable<BridgesTable>;
export type ConversationRow = Selectable<ConversationsTable>;
export type MessageRow = Selectable<MessagesTable>;
export type ApiKeyRow = Selectable<ApiKeysTable>;
export type AuditEventRow = Selectable<AuditEventsTable>;
