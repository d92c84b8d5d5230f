export { ApiError, type ApiErrorCode, type ApiErrorOptions } from './api-error.ts';
export type { AccountCalls, CallOptions, CreateOptions, KeyOptions } from './account.ts';
export type { AttachmentCalls } from './attachments.ts';
export type { AuditCalls } from './audit.ts';
export type { BridgeCalls } from './bridges.ts';
export { placeAfter, type ConnectionState } from './chat-stream.ts';
export { baseUrls, type BaseUrls } from './base-urls.ts';
export { createClient, type Client, type ClientOptions } from './client.ts';
export type { ConversationCalls, ListConversationsOptions } from './conversations.ts';
export type { DownloadCalls } from './downloads.ts';
export type { GatewayCalls } from './gateway.ts';
export type { HealthCalls } from './health.ts';
export type { KeyCalls } from './keys.ts';
export type { AnswerOptions, FollowOptions, MessageCalls, SendOptions } from './messages.ts';
export type { ModelCalls } from './models.ts';
export { decodeNdjson, NdjsonError, type NdjsonErrorCode } from './ndjson.ts';
export type { NewProxy, ProxyCalls } from './proxies.ts';
export type { PushCalls } from './push.ts';
export type { QueueCalls } from './queue.ts';
export type { SearchCalls } from './search.ts';
export type { RealtimeCalls, RealtimeEvent, RealtimeOptions } from './realtime.ts';
export type { RealtimeMessage } from './realtime-stream.ts';
export type { RetryOptions } from './retry.ts';
export { SdkError } from './sdk-error.ts';
export { createSignIn, type Locks, type SignIn, type SignInOptions } from './sign-in.ts';
export { SignInError, type SignInErrorCode } from './sign-in-error.ts';
export type { KeyValueStorage } from './storage.ts';
export type { TransferCalls } from './transfer.ts';
export type { Bytes, TokenSource } from './transport.ts';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.ts';
export {
  IMAGE_TYPES,
  MAX_ATTACHMENTS_PER_MESSAGE,
  MAX_IMAGE_BYTES,
  MAX_IMPORT_BYTES,
  MAX_TEXT_BYTES,
  RUNNING_STATUSES,
  TEXT_TYPES,
  UNDO_DELETE_MS,
} from './limits.ts';
export type {
  AccountSettings,
  AnswerMetadata,
  ApiKey,
  Attachment,
  AuditEvent,
  AuditList,
  AuthConfig,
  BridgeLoad,
  BridgeMessage,
  BridgeMessageQueued,
  BridgeMessageRequest,
  BridgeMessageStatus,
  BridgePackage,
  BridgeStatus,
  ChatEvent,
  Conversation,
  ConversationList,
  CreateConversationRequest,
  CreateKeyRequest,
  CreateKeyResponse,
  DetailedHealth,
  EraseAnswer,
  GenerationOptions,
  Health,
  ImportStatus,
  InstalledModel,
  InstalledModels,
  LimitsInUse,
  Me,
  MergedModels,
  Message,
  MessageStatus,
  ModelDetails,
  ModelChanged,
  ProxyConfig,
  ProxyEnd,
  ProxyEnforcement,
  ProxyList,
  ProxyState,
  ProxyStatus,
  PullEvent,
  PushNotice,
  PushState,
  PushSubscription,
  PushTestAnswer,
  RegisterBridgeRequest,
  RegisterBridgeResponse,
  SearchResult,
  SearchResults,
  SubscribeToPushRequest,
  ToolCall,
  UpdateConversationRequest,
  UpdateSettingsRequest,
} from '@cloudtolocalllm/protocol';
