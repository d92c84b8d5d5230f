import type { ChatModel } from './chat/chat-model.ts';
import type { Context } from './context.ts';
import type { ProxyDriver } from './proxies/drivers/proxy-driver.ts';
import type { PushNetwork } from './push/push-network.ts';

/** What a test or an embedding program brings itself; it also closes it. */
export interface ContextOverrides extends Partial<Pick<Context, 'log' | 'database' | 'tokens' | 'ticker'>> {
  /** What answers in chat, instead of the users' own computers. */
  chatModel?: ChatModel;
  /** What runs proxies; it is closed with the rest. */
  proxyDriver?: ProxyDriver;
  /** Milliseconds since 1970, for the ends of proxies. */
  proxyClock?: () => number;
  /** How push services are reached. */
  pushNetwork?: PushNetwork;
  /** So long a computer is away before its person is told, in milliseconds. */
  offlineMs?: number;
  /** Told when the database is lost under way. */
  onDatabaseCrash?: (error: Error) => void;
}
