import { accountCalls } from './account.ts';
import { attachmentCalls } from './attachments.ts';
import { auditCalls } from './audit.ts';
import { bridgeCalls } from './bridges.ts';
import { conversationCalls } from './conversations.ts';
import { healthCalls } from './health.ts';
import { keyCalls } from './keys.ts';
import { messageCalls } from './messages.ts';
import { modelCalls } from './models.ts';
import { queueCalls } from './queue.ts';
import { searchCalls } from './search.ts';
import { transferCalls } from './transfer.ts';
import { realtimeCalls } from './realtime.ts';
import { createTransport, type TransportOptions } from './transport.ts';

export type Client = ReturnType<typeof createClient>;

/**
 * A relay's API. Every call throws `ApiError`, or its signal's reason when it was aborted.
 *
 * @example
 * const relay = createClient({ baseUrl: 'https://relay.example', token: () => accessToken });
 * for await (const event of relay.messages.send(conversationId, 'Why is the sky blue?')) console.log(event);
 */
export function createClient(options: TransportOptions) {
  const transport = createTransport(options);
  return {
    account: accountCalls(transport),
    attachments: attachmentCalls(transport),
    audit: auditCalls(transport),
    bridges: bridgeCalls(transport),
    conversations: conversationCalls(transport),
    keys: keyCalls(transport),
    messages: messageCalls(transport),
    models: modelCalls(transport),
    queue: queueCalls(transport),
    search: searchCalls(transport),
    transfer: transferCalls(transport),
    health: healthCalls(transport),
    realtime: realtimeCalls(transport, options),
  };
}
