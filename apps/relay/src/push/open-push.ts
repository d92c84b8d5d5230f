import type { Logger } from 'pino';
import { conversationStore } from '../chat/conversation-store.ts';
import type { Config } from '../config.ts';
import type { PublicUrl } from '../public-url.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { SettingsStore } from '../storage/settings-store.ts';
import { PushNotices, type PushNoticesOptions } from './push-notices.ts';
import { INTERNET, type PushNetwork } from './push-network.ts';
import { PushSender } from './push-sender.ts';
import { type PushStore, pushStore } from './push-store.ts';
import { loadVapidKeys } from './vapid-keys.ts';

/** For push services that ask for a contact, of a relay that has none. */
const NOBODY = 'mailto:nobody@localhost';

/** Web Push: who gets notices, and what sends them. */
export interface Push {
  /** Of the relay, for browsers that subscribe. */
  publicKey: string;
  store: PushStore;
  sender: PushSender;
  network: PushNetwork;
  /** Told of what people may want to hear. */
  notices: PushNotices;
}

export interface OpenPushOptions extends Pick<
  PushNoticesOptions,
  'accountSettings' | 'bridges' | 'isWatched' | 'isConnected' | 'offlineMs'
> {
  config: Pick<Config, 'push'>;
  database: Pick<RelayDatabase, 'kysely'>;
  settings: SettingsStore;
  publicUrl: Pick<PublicUrl, 'origin'>;
  log: Pick<Logger, 'warn'>;
  network?: PushNetwork | undefined;
}

export async function openPush(
  opened: AsyncDisposableStack,
  { config, database, settings, publicUrl, log, network = INTERNET, ...about }: OpenPushOptions,
): Promise<Push> {
  const keys = await loadVapidKeys(settings);
  const store = pushStore(database.kysely);
  const subject = (): string =>
    config.push.subject ?? (publicUrl.origin.startsWith('https:') ? publicUrl.origin : NOBODY);
  const sender = opened.use(new PushSender({ store, keys, subject, network, log }));
  const conversations = conversationStore(database.kysely);
  const notices = opened.use(new PushNotices({ ...about, store, sender, conversations, log }));
  return { publicKey: keys.publicKey, store, sender, network, notices };
}
