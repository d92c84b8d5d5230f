import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { fastify } from 'fastify';
import { pino } from 'pino';
import type { Api } from '../api.ts';
import { handleError } from '../error-handler.ts';
import { RelayError } from '../errors.ts';
import { handleUpgrades, shouldUpgradeCallback } from '../upgrade.ts';
import type { BridgeIdentity } from './bridge-connection.ts';
import { BRIDGE_SOCKET_PREFIX, bridgeSocket } from './bridge-socket.ts';
import { LinkHub, type LinkHubOptions } from './link-hub.ts';

export interface TestHub {
  hub: LinkHub;
  port: number;
  /** Faults of our own that the hub reported; empty unless there is a bug. */
  faults: unknown[];
  /** Adds a bridge, or another token of one, and returns the token. */
  admit: (bridge?: Partial<BridgeIdentity> & { expires?: Date }) => { token: string; bridgeId: string };
  url: (bridgeId: string) => string;
}

export interface TestHubOptions extends Partial<LinkHubOptions> {
  /** Called before it listens: registers routes. */
  extend?: (app: Api, hub: LinkHub) => void;
}

export const TEST_USER = 'user-1';

/** A hub behind a real server on a free port, with session tokens that the test hands out. */
export async function startTestHub(t: TestContext, { extend, ...options }: TestHubOptions = {}): Promise<TestHub> {
  const sessions = new Map<string, { identity: BridgeIdentity; expires: Date }>();
  const faults: unknown[] = [];
  const identify = async (token: string) => {
    const session = sessions.get(token);
    if (!session) throw new RelayError('unauthorized', 'Invalid or expired session token: register the bridge again');
    return session;
  };
  const hub = new LinkHub({
    verifyToken: async (token) => {
      const { identity, expires } = await identify(token);
      return { bridgeId: identity.bridgeId, expires };
    },
    onError: (error) => faults.push(error),
    ...options,
  });
  const app = fastify({ http: { shouldUpgradeCallback } }) as unknown as Api; // as: the type provider is of no matter here
  app.setErrorHandler(handleError);
  extend?.(app, hub);
  const bridges = bridgeSocket({ hub, publicUrl: () => new URL('https://relay.example'), identify });
  handleUpgrades(app.server, { [BRIDGE_SOCKET_PREFIX]: bridges }, { log: pino({ level: 'silent' }) });
  app.addHook('preClose', async () => hub[Symbol.dispose]());
  t.after(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo; // as: it listens on TCP
  return {
    hub,
    port,
    faults,
    admit: ({ expires = new Date(Date.now() + 3_600_000), ...bridge } = {}) => {
      const bridgeId = bridge.bridgeId ?? `bridge-${crypto.randomUUID()}`;
      const token = `token-${crypto.randomUUID()}`;
      const identity = { userId: TEST_USER, name: 'studio-pc', streaming: true, priority: 0, ...bridge, bridgeId };
      sessions.set(token, { identity, expires });
      return { token, bridgeId };
    },
    url: (bridgeId) => `ws://127.0.0.1:${port}${BRIDGE_SOCKET_PREFIX}${bridgeId}`,
  };
}
