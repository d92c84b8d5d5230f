import { bridgeId } from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';
import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import { noSuchBridge } from '../bridges/no-such-bridge.ts';
import { errorBody, RelayError } from '../errors.ts';
import { errorHeaders } from '../error-handler.ts';
import { inOrder } from '../chat/routing.ts';
import { mayReach } from '../keys/restrictions.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import { CLIENT_TIMEOUTS, watchUpload } from '../limits/slow-clients.ts';
import { HeldBodies } from './held-bodies.ts';
import { requireManager } from './management-check.ts';
import { checkBody, checkTarget } from './model-check.ts';
import { PassThrough } from './pass-through.ts';

const PREFIX = '/ollama';
/** Names the bridge to use when a user has several. */
const BRIDGE_HEADER = 'x-bridge-id';

export interface GatewayOptions {
  links: BridgeLinks;
  /** Absent: nothing is counted. */
  limits?: RequestLimits;
  /** Whether a bridge is this user's, connected or not. */
  owns(userId: string, bridgeId: string): Promise<boolean>;
  /** Silence after which an upload is given up. */
  uploadIdleMs?: number;
}

/**
 * `/ollama/*`: a plain pass-through of an exchange to one of the caller's bridges. Bodies are streamed, never parsed,
 * but for API keys that are narrowed to some models: theirs are read whole and looked at first.
 */
export function gatewayRoutes(api: Api, { links, limits, owns, uploadIdleMs }: GatewayOptions): void {
  // A body that is not parsed has no wrong type. The engine gets its header from the raw ones.
  api.addHook('onRequest', async ({ headers }) => void delete headers['content-type']);
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const heldBodies = new HeldBodies();
  const checkedBody = async ({ user, raw }: FastifyRequest, reply: FastifyReply, path: string) => {
    if (!checkTarget(user, { method: raw.method ?? '', path })) return undefined;
    // Refused or broken off: what is left of the body is not waited for.
    reply.header('connection', 'close');
    const body = await heldBodies.read(raw, reply.raw);
    checkBody(user, body);
    reply.removeHeader('connection');
    return body;
  };

  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const path = enginePath(request.raw.url ?? '');
    requireManager(request.user, { method: request.raw.method ?? '', path });
    watchUpload(request.raw, uploadIdleMs ?? CLIENT_TIMEOUTS.uploadIdleMs);
    const checked = request.user.key?.models && (await checkedBody(request, reply, path));
    const link = await chooseLink({ links, owns }, request);
    await limits?.chargeBridge(request, reply, link.bridgeId);
    // It went away while a bridge was being waited for: nobody would ever end its exchange.
    if (reply.raw.destroyed) return void reply.hijack();
    PassThrough.begin({
      link,
      path,
      request: request.raw,
      body: checked,
      response: reply.raw,
      fail: (error) => {
        const body = JSON.stringify(errorBody(error, request.id));
        const own = Object.entries({ ...errorHeaders(error), 'content-type': 'application/json; charset=utf-8' });
        reply.raw.writeHead(error.status, own.flat()).end(body);
      },
    });
    reply.hijack();
  };
  // The engine's answers bring stricter headers of their own.
  const config = { access: 'inference', limitedBy: 'bridge', stream: true } as const;
  // Documented in docs/gateway-operations.ts: no schema of ours says what engines take.
  const schema = { hide: true };
  api.all(PREFIX, { config, schema, helmet: false }, handler);
  api.all(`${PREFIX}/*`, { config, schema, helmet: false }, handler);
}

/** What follows the prefix, byte for byte: it is the bridge that judges it. */
function enginePath(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?]*/i, ''); // RFC 9112, 3.2.2: a server takes the absolute form too
  // The router compares decoded paths.
  if (!path.startsWith(PREFIX)) throw new RelayError('not_found', 'There is nothing at this address.');
  const rest = path.slice(PREFIX.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

async function chooseLink(
  { links, owns }: Pick<GatewayOptions, 'links' | 'owns'>,
  { user, headers }: FastifyRequest,
): Promise<BridgeLink> {
  const named = headers[BRIDGE_HEADER];
  if (named !== undefined) {
    const parsed = bridgeId.safeParse(named);
    if (!parsed.success)
      throw new RelayError('bad_request', `The header ${BRIDGE_HEADER} ${parsed.error.issues[0]?.message}.`);
    // As if it did not exist.
    if (!mayReach(user, parsed.data)) throw noSuchBridge(parsed.data);
    return links.require(user.id, parsed.data).catch(async (error: unknown) => {
      if (!(await owns(user.id, parsed.data))) throw noSuchBridge(parsed.data);
      throw error;
    });
  }
  const online = await links.online(user.id, user.key?.bridges);
  const [link] = inOrder(online.filter(({ streaming }) => streaming));
  if (!link)
    throw new RelayError('bridge_offline', 'Your computer is offline. Start the bridge there with: cloudtolocalllm up');
  return link;
}
