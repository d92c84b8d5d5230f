import { bridgeId } from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';
import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import { errorBody, RelayError } from '../errors.ts';
import { PassThrough } from './pass-through.ts';

const PREFIX = '/ollama';
/** Names the bridge to use when a user has several. */
const BRIDGE_HEADER = 'x-bridge-id';

/** `/ollama/*`: a plain pass-through of an exchange to one of the caller's bridges. Bodies are streamed, never parsed. */
export function gatewayRoutes(api: Api, { links }: { links: BridgeLinks }): void {
  // A body that is not parsed has no wrong type. The engine gets its header from the raw ones.
  api.addHook('onRequest', async ({ headers }) => void delete headers['content-type']);
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const path = enginePath(request.raw.url ?? '');
    const link = await chooseLink(links, request);
    // It went away while a bridge was being waited for: nobody would ever end its exchange.
    if (reply.raw.destroyed) return void reply.hijack();
    PassThrough.begin({
      link,
      path,
      request: request.raw,
      response: reply.raw,
      headers: ['x-request-id', request.id],
      fail: (error) => {
        const body = JSON.stringify(errorBody(error, request.id));
        reply.raw.writeHead(error.status, { 'content-type': 'application/json; charset=utf-8' }).end(body);
      },
    });
    reply.hijack();
  };
  // The engine's answers bring stricter headers of their own.
  const config = { access: 'inference', limitedBy: 'bridge', stream: true } as const;
  api.all(PREFIX, { config, helmet: false }, handler);
  api.all(`${PREFIX}/*`, { config, helmet: false }, handler);
}

/** What follows the prefix, byte for byte: it is the bridge that judges it. */
function enginePath(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?]*/i, ''); // RFC 9112, 3.2.2: a server takes the absolute form too
  // The router compares decoded paths.
  if (!path.startsWith(PREFIX)) throw new RelayError('not_found', 'There is nothing at this address.');
  const rest = path.slice(PREFIX.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

async function chooseLink(links: BridgeLinks, { user, headers }: FastifyRequest): Promise<BridgeLink> {
  const named = headers[BRIDGE_HEADER];
  if (named !== undefined) {
    const parsed = bridgeId.safeParse(named);
    if (!parsed.success)
      throw new RelayError('bad_request', `The header ${BRIDGE_HEADER} ${parsed.error.issues[0]?.message}.`);
    return links.require(user.id, parsed.data);
  }
  const link = (await links.online(user.id)).find(({ streaming }) => streaming);
  if (!link)
    throw new RelayError('bridge_offline', 'Your computer is offline. Start the bridge there with: cloudtolocalllm up');
  return link;
}
