import { type AccountCalls, accountCalls } from './account.ts';
import { type AttachmentCalls, attachmentCalls } from './attachments.ts';
import { type AuditCalls, auditCalls } from './audit.ts';
import { type BridgeCalls, bridgeCalls } from './bridges.ts';
import { type ConversationCalls, conversationCalls } from './conversations.ts';
import { type DownloadCalls, downloadCalls } from './downloads.ts';
import { type HealthCalls, healthCalls } from './health.ts';
import { type KeyCalls, keyCalls } from './keys.ts';
import { type MessageCalls, messageCalls } from './messages.ts';
import { type ModelCalls, modelCalls } from './models.ts';
import { type PushCalls, pushCalls } from './push.ts';
import { type QueueCalls, queueCalls } from './queue.ts';
import { type SearchCalls, searchCalls } from './search.ts';
import { type TransferCalls, transferCalls } from './transfer.ts';
import { type RealtimeCalls, realtimeCalls } from './realtime.ts';
import { type GatewayCalls, gatewayCalls } from './gateway.ts';
import { type ProxyCalls, proxyCalls } from './proxies.ts';
import { createTransport, type TransportOptions } from './transport.ts';
import type { WebSocketConstructor } from './web-socket.ts';

export type ClientOptions = TransportOptions & {
  /** For `realtime` where the runtime has no WebSocket of its own, as in Node 20: such as the class of the `ws` package. */
  webSocket?: WebSocketConstructor;
};

export type Client = {
  account: AccountCalls;
  attachments: AttachmentCalls;
  audit: AuditCalls;
  bridges: BridgeCalls;
  conversations: ConversationCalls;
  downloads: DownloadCalls;
  gateway: GatewayCalls;
  health: HealthCalls;
  keys: KeyCalls;
  messages: MessageCalls;
  models: ModelCalls;
  proxies: ProxyCalls;
  push: PushCalls;
  queue: QueueCalls;
  realtime: RealtimeCalls;
  search: SearchCalls;
  transfer: TransferCalls;
};

/**
 * A relay's API. Every call throws `ApiError`, or its signal's reason when it was aborted. What creates something goes
 * with an Idempotency-Key of its own; what can't do a thing twice is tried again when nobody answers.
 *
 * @example
 * const relay = createClient({ baseUrl: 'https://relay.example', token: () => accessToken });
 * for await (const event of relay.messages.send(conversationId, 'Why is the sky blue?')) console.log(event);
 */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options);
  return {
    account: accountCalls(transport),
    attachments: attachmentCalls(transport),
    audit: auditCalls(transport),
    bridges: bridgeCalls(transport),
    conversations: conversationCalls(transport),
    downloads: downloadCalls(transport),
    gateway: gatewayCalls(transport, options),
    keys: keyCalls(transport),
    messages: messageCalls(transport),
    models: modelCalls(transport),
    proxies: proxyCalls(transport),
    push: pushCalls(transport),
    queue: queueCalls(transport),
    search: searchCalls(transport),
    transfer: transferCalls(transport),
    health: healthCalls(transport),
    realtime: realtimeCalls(transport, options),
  };
}
