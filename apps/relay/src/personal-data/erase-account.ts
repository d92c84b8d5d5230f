import type { ServerResponse } from 'node:http';
import type { Kysely } from 'kysely';
import type { OpenRequests } from '../accounts/open-requests.ts';
import type { BridgePresence } from '../bridges/bridge-directory.ts';
import type { BridgeStore } from '../bridges/bridge-store.ts';
import type { LoadHistory } from '../bridges/load-history.ts';
import type { Generations } from '../chat/generations.ts';
import type { Imports } from '../chat/transfer/imports.ts';
import type { ActiveKeys } from '../keys/active-keys.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { Proxies } from '../proxies/proxies.ts';
import type { Push } from '../push/open-push.ts';
import type { BridgeQueue } from '../queue/bridge-queue.ts';
import type { RealtimeHub } from '../realtime/realtime-hub.ts';
import type { Tables } from '../storage/tables.ts';
import { eraseRows, type Erased } from './erase-rows.ts';

/**
 * A request that was being answered when its person deleted everything may still store something: it is looked for until
 * nothing was found twice. Each look is a dozen queries behind theirs; that many looks are far more than any handler does.
 */
const MAX_LOOKS = 20;

export interface EraseAccountOptions {
  database: { readonly kysely: Kysely<Tables> };
  openRequests: OpenRequests;
  generations: Pick<Generations, 'dropUser'>;
  imports: Pick<Imports, 'dropUser'>;
  proxies: Pick<Proxies, 'revoked'>;
  bridges: Pick<BridgeStore, 'list'>;
  links: Pick<BridgePresence, 'drop'>;
  loads: Pick<LoadHistory, 'forget'>;
  queue: Pick<BridgeQueue, 'removed'>;
  keys: Pick<KeyStore, 'list'>;
  activeKeys: Pick<ActiveKeys, 'revoke'>;
  realtime: Pick<RealtimeHub, 'dropUser'>;
  push: { sender: Pick<Push['sender'], 'dropUser'> };
}

/**
 * Ends everything that runs for a person and removes all that is stored of them, but for the row of the account itself.
 * `request` is the one that asks for it. Nothing new of theirs may begin meanwhile: see `Erasures`.
 */
export async function eraseAccount(
  options: EraseAccountOptions,
  userId: string,
  request: ServerResponse,
): Promise<Erased> {
  const { database, openRequests } = options;
  openRequests.breakOff(userId, request);
  await endAll(options, userId);
  const erased = await eraseRows(database.kysely, userId);
  for (let look = 0, clean = 0; look < MAX_LOOKS && clean < 2; look++) {
    await endAll(options, userId);
    const more = await eraseRows(database.kysely, userId);
    clean = Object.values(more).every((count) => count === 0) ? clean + 1 : 0;
    // as: both have the same fields
    for (const name of Object.keys(more) as (keyof Erased)[]) erased[name] += more[name];
  }
  // What devices were told is kept for a while for those that come back.
  options.realtime.dropUser(userId);
  return erased;
}

async function endAll(options: EraseAccountOptions, userId: string): Promise<void> {
  const { generations, imports, proxies, bridges, links, loads, queue, keys, activeKeys, realtime, push } = options;
  realtime.dropUser(userId);
  await Promise.all([imports.dropUser(userId), generations.dropUser(userId), proxies.revoked({ userId })]);
  for (const { id } of await bridges.list(userId)) {
    links.drop(id);
    loads.forget(id);
    queue.removed(id);
  }
  push.sender.dropUser(userId);
  for (const { id } of await keys.list(userId)) activeKeys.revoke(id);
}
