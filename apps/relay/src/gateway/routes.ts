import { bridgeId } from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';
import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import { noSuchBridge } from '../bridges/no-such-bridge.ts';
import { inOrder } from '../chat/routing.ts';
import { RelayError } from '../errors.ts';
import { mayReach } from '../keys/restrictions.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import { CLIENT_TIMEOUTS, watchUpload } from '../limits/slow-clients.ts';
import { AskedModels } from './asked-model.ts';
import { chooseBridge, otherBridges } from './choose-bridge.ts';
import { forward } from './forward.ts';
import { requirePlainBody } from './headers.ts';
import type { Ticker } from './keep-alive-ticker.ts';
import { requireManager } from './management-check.ts';
import { mayRetry, usesModel } from './model-check.ts';
import { answerModelList, isMergedList } from './model-lists.ts';

/** Where the engine's API begins, and after how many segments of the path. */
const PREFIXES = [
  ['/v1', 0],
  ['/ollama', 1],
] as const;
/** Names the bridge to use when a user has several. */
const BRIDGE_HEADER = 'x-bridge-id';

export interface GatewayOptions {
  links: BridgeLinks;
  /** Tells the time to answers that may be silent for long. */
  ticker: Ticker;
  /** Absent: nothing is counted. */
  limits?: RequestLimits;
  /** Whether a bridge is this user's, connected or not. */
  owns(userId: string, bridgeId: string): Promise<boolean>;
  /** This user's bridges, connected or not, as `model@bridge` may name them. */
  bridgesOf(userId: string): Promise<readonly { id: string; name: string }[]>;
  /** Silence after which an upload is given up. */
  uploadIdleMs?: number;
}

/**
 * `/v1/*` and `/ollama/*`: requests that go to one of the caller's bridges as they are. The bridge is the one that is
 * named, else one that has the model: a body is held back until it says which, and is never parsed, but for API keys
 * that are narrowed to some models: theirs are read whole and looked at first.
 */
export function gatewayRoutes(api: Api, options: GatewayOptions): void {
  // A body that is not parsed has no wrong type. The engine gets its header from the raw ones.
  api.addHook('onRequest', async ({ headers }) => void delete headers['content-type']);
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const askedModels = new AskedModels(options);
  for (const [prefix, enginePathAfter] of PREFIXES) {
    const handler = (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
      carry(request, reply, enginePath(request.raw.url ?? '', prefix, enginePathAfter), askedModels, options);
    // The engine's answers bring stricter headers of their own.
    const config = { access: 'inference', limitedBy: 'bridge', stream: true, enginePathAfter } as const;
    // Documented in docs/gateway-operations.ts: no schema of ours says what engines take.
    const route = { config, schema: { hide: true }, helmet: false } as const;
    api.all(prefix, route, handler);
    api.all(`${prefix}/*`, route, handler);
  }
}

/** One request, from its head to where the engine's answer takes over. */
async function carry(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  askedModels: AskedModels,
  { links, ticker, limits, owns, uploadIdleMs }: GatewayOptions,
): Promise<unknown> {
  const { user, raw } = request;
  const method = raw.method ?? '';
  requireManager(user, { method, path });
  requirePlainBody(raw.headers);
  watchUpload(raw, uploadIdleMs ?? CLIENT_TIMEOUTS.uploadIdleMs);
  const named = namedBridge(request);
  const asked = await askedModels.read(request, reply, { method, path, isNamed: named !== undefined });
  try {
    const chosen = named === undefined ? undefined : await requireNamed({ links, owns }, request, named);
    if (method !== 'POST') {
      const within = chosen ? [chosen] : inOrder(await links.online(user.id, user.key?.bridges));
      const list = { user, method, path: asked.path, links: within.filter(({ streaming }) => streaming) };
      if (isMergedList(list)) {
        for (const { bridgeId: id } of list.links) await limits?.chargeBridge(request, reply, id);
        return await answerModelList(reply, list);
      }
    }
    const target = { method, path: asked.path };
    const link = chosen ?? (await chooseBridge(links, user, { address: asked.address, mustHave: usesModel(target) }));
    await limits?.chargeBridge(request, reply, link.bridgeId);
    const mayChange = named === undefined && asked.address?.bridges === undefined && mayRetry(target);
    const instead = mayChange && asked.address ? otherBridges(links, user, asked.address.model) : undefined;
    const { address: _, ...carried } = asked;
    forward(request, reply, { ...carried, link, ticker, instead });
  } finally {
    // Also when it was refused: what still comes is read, so that the next request on this connection can be.
    if (asked.first !== undefined) raw.resume();
  }
  return undefined;
}

/** What follows the prefix, byte for byte: it is the bridge that judges it. */
function enginePath(target: string, prefix: string, segments: 0 | 1): string {
  const path = target.replace(/^https?:\/\/[^/?]*/i, ''); // RFC 9112, 3.2.2: a server takes the absolute form too
  // The router compares decoded paths.
  if (!path.startsWith(prefix)) throw new RelayError('not_found', 'There is nothing at this address.');
  const rest = segments === 0 ? path : path.slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** @throws RelayError bad_request */
function namedBridge({ headers }: FastifyRequest): string | undefined {
  const named = headers[BRIDGE_HEADER];
  if (named === undefined) return undefined;
  const parsed = bridgeId.safeParse(named);
  if (parsed.success) return parsed.data;
  throw new RelayError('bad_request', `The header ${BRIDGE_HEADER} ${parsed.error.issues[0]?.message}.`);
}

async function requireNamed(
  { links, owns }: Pick<GatewayOptions, 'links' | 'owns'>,
  { user }: FastifyRequest,
  named: string,
): Promise<BridgeLink> {
  // As if it did not exist.
  if (!mayReach(user, named)) throw noSuchBridge(named);
  return links.require(user.id, named).catch(async (error: unknown) => {
    if (!(await owns(user.id, named))) throw noSuchBridge(named);
    throw error;
  });
}
