import { bridgeStatus } from '../bridges/bridge-directory.ts';
import { attachmentStore } from '../chat/attachments/attachment-store.ts';
import { conversationStore, toConversation } from '../chat/conversation-store.ts';
import { messageStore, toMessage } from '../chat/message-store.ts';
import type { Context } from '../context.ts';
import { toBridgeMessage } from '../queue/queue-store.ts';
import type { SocketOrigins } from '../socket-request.ts';
import type { UpgradeHandler } from '../upgrade.ts';
import type { ChangeSources } from './change-reader.ts';
import { deviceSockets } from './device-request.ts';

/** The WebSockets of people's devices, by how their paths begin. */
export function realtimeSockets(
  context: Pick<Context, 'realtime' | 'database' | 'authenticator' | 'limits' | 'lifecycle'>,
  origins: SocketOrigins,
): Record<string, UpgradeHandler> {
  const { realtime: hub, database, lifecycle } = context;
  const conversations = conversationStore(database.kysely);
  return deviceSockets({
    ...context,
    ...origins,
    hub,
    isDraining: () => lifecycle.draining,
    ownsConversation: async (userId, id) => (await conversations.get(userId, id)) !== undefined,
  });
}

/** Reads what devices are told as the API would show it. */
export function changeSources({
  database: { kysely },
  bridges,
  links,
  queue,
  proxyViews,
  accountSettings,
}: Pick<Context, 'database' | 'bridges' | 'links' | 'queue' | 'proxyViews' | 'accountSettings'>): ChangeSources {
  const conversations = conversationStore(kysely);
  const messages = messageStore(kysely);
  const attachments = attachmentStore(kysely);
  return {
    async conversation(userId, id) {
      const row = await conversations.get(userId, id);
      return row && toConversation(row);
    },
    async message(userId, conversationId, id) {
      const row = await messages.get(userId, conversationId, id);
      if (row === undefined) return undefined;
      const attached = row.role === 'user' ? (await attachments.ofMessages(userId, [id])).get(id) : undefined;
      return toMessage(row, attached);
    },
    async bridge(userId, id) {
      const row = await bridges.find(userId, id);
      return row && bridgeStatus(row, links);
    },
    proxy: (userId, id) => proxyViews.status(userId, id),
    settings: (userId) => accountSettings.get(userId),
    async bridgeMessage(userId, bridgeId, id) {
      const row = await queue.store.get(userId, bridgeId, id);
      return row && toBridgeMessage(row, row.status === 'queued' ? await queue.store.position(row) : undefined);
    },
  };
}
