import type { AccountSettings } from '@cloudtolocalllm/protocol';
import type { UserStore } from '../accounts/user-store.ts';
import { bridgeStatus } from '../bridges/bridge-directory.ts';
import { exportHead, exportList } from '../chat/transfer/export-json.ts';
import { exportStore } from '../chat/transfer/export-store.ts';
import type { Context } from '../context.ts';
import { toPushSubscription } from '../push/push-store.ts';
import { personalDataStore } from './export-store.ts';

export type ExportAccountOptions = Pick<
  Context,
  'database' | 'accountSettings' | 'bridges' | 'links' | 'keys' | 'audit' | 'proxyViews' | 'push'
> & { users: Pick<UserStore, 'find'> };

/**
 * `accountFile` in pieces, so that a client that reads slowly holds up nothing but itself. It begins as a file of all
 * conversations does, so that `POST /api/chat/import` takes it as well.
 */
export async function* exportAccount(
  options: ExportAccountOptions,
  userId: string,
  exported: string,
): AsyncGenerator<string, void, undefined> {
  const { database, users, accountSettings, bridges, links, keys, push } = options;
  const chats = exportStore(database.kysely);
  const store = personalDataStore({ ...options, kysely: database.kysely });
  yield exportHead(exported);
  yield* exportList(chats, userId, chats.conversations(userId));

  const row = await users.find(userId);
  const profile = row && { userId, name: row.name, email: row.email, created: row.created };
  const settings: AccountSettings = await accountSettings.get(userId);
  const computers = (await bridges.list(userId)).map((bridge) => bridgeStatus(bridge, links));
  const pushSubscriptions = (await push.store.list(userId)).map(toPushSubscription);
  const whole = { profile, settings, computers, keys: await keys.list(userId), pushSubscriptions };
  yield `,"account":${JSON.stringify(whole).slice(0, -1)}`;
  yield* list('proxies', store.proxies(userId));
  yield* list('auditEvents', store.auditEvents(userId));
  yield* list('queuedMessages', store.queuedMessages(userId));
  yield* list('unsentFiles', store.unsentFiles(userId));
  yield '}}\n';
}

/** One more field of the object that is open. */
async function* list(name: string, items: AsyncIterable<object>): AsyncGenerator<string, void, undefined> {
  yield `,"${name}":[`;
  let before = '\n';
  for await (const item of items) {
    yield before + JSON.stringify(item);
    before = ',\n';
  }
  yield '\n]';
}
