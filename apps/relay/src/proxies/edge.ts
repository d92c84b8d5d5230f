import type { FastifyReply, FastifyRequest } from 'fastify';
import { engineApiToken } from '../accounts/authenticate.ts';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import { pathAfter } from '../gateway/dialect.ts';
import { forward } from '../gateway/forward.ts';
import { requirePlainBody } from '../gateway/headers.ts';
import { HELD_BODIES_LIMITS, HeldBodies } from '../gateway/held-bodies.ts';
import type { Ticker } from '../gateway/keep-alive-ticker.ts';
import { changesModels } from '../gateway/management-check.ts';
import { checkBody, checkTarget, type Target } from '../gateway/model-check.ts';
import { answerModelList, isMergedList } from '../gateway/model-lists.ts';
import type { Narrowed } from '../keys/restrictions.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import { CLIENT_TIMEOUTS, watchUpload } from '../limits/slow-clients.ts';
import type { Proxies } from './proxies.ts';
import type { RunningProxy } from './running-proxy.ts';
import { isSurelyStreamed, mayGenerate, UncountedAnswers } from './uncounted-answers.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The one whose token it came with, at an endpoint of proxies. */
    proxy: RunningProxy | undefined;
  }
}

export interface ProxyEdgeOptions {
  proxies: Pick<Proxies, 'authenticate' | 'upstream'>;
  /** Tells the time to answers that may be silent for long. */
  ticker: Ticker;
  limits: Pick<RequestLimits, 'chargeAddress' | 'chargeBridge' | 'holdStream'>;
  /** Silence after which an upload is given up. */
  uploadIdleMs?: number;
}

/** Segments of the path before the engine's: `/proxy/{proxyId}`. */
const SEGMENTS = 2;

/**
 * The endpoints of proxies, `/proxy/{proxyId}/*`: the engine's API behind a proxy's own token and limits. No access token,
 * API key or cookie counts here. Requests on a proxy's own host come here as well, see `proxy-host.ts`.
 */
export function proxyEdge(api: Api, options: ProxyEdgeOptions): void {
  const { proxies, limits } = options;
  const bodies = new HeldBodies(
    HELD_BODIES_LIMITS,
    'that may come to a proxy that is limited to some models or tokens',
  );
  const uncounted = new UncountedAnswers();
  api.decorateRequest('proxy', undefined);
  api.addHook('onRequest', async (request, reply) => {
    request.proxy = await authenticate(request, reply);
    const { userId, bridgeId } = request.proxy.identity;
    try {
      await limits.chargeBridge(request, reply, bridgeId);
      limits.holdStream(userId, reply);
    } catch (error) {
      request.proxy.refused();
      throw error;
    }
    // A body that is not parsed has no wrong type. The engine gets its header from the raw ones.
    delete request.headers['content-type'];
  });
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));

  // The engine's answers bring stricter headers of their own.
  const config = { access: 'proxy token', limitedBy: 'bridge', stream: true, enginePathAfter: SEGMENTS } as const;
  // Documented in docs/gateway-operations.ts: no schema of ours says what engines take.
  const route = { config, schema: { hide: true }, helmet: false } as const;
  const handler = (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
    carry(request, reply, { ...options, bodies, uncounted });
  api.all('/proxy/:proxyId', route, handler);
  api.all('/proxy/:proxyId/*', route, handler);

  /** Who has no good token counts against where they come from. */
  async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<RunningProxy> {
    // as: the paths of both routes have it
    const { proxyId } = request.params as { proxyId: string };
    const token = tokenOf(request);
    const proxy = token === undefined ? undefined : proxies.authenticate(proxyId, token);
    if (proxy !== undefined) return proxy;
    await limits.chargeAddress(request, reply);
    // The same for a proxy that is unknown, for one that has ended and for another's token.
    throw new RelayError(
      'unauthorized',
      "Invalid or expired proxy token: send this proxy's own as Authorization: Bearer, or as x-api-key.",
    );
  }
}

/** One request, from its head to where the engine's answer takes over. */
async function carry(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    proxies,
    ticker,
    uploadIdleMs,
    bodies,
    uncounted,
  }: ProxyEdgeOptions & {
    bodies: HeldBodies;
    uncounted: UncountedAnswers;
  },
): Promise<unknown> {
  const { raw } = request;
  const proxy = request.proxy!; // set by the hook, or it had not come here
  const target = { method: raw.method ?? '', path: enginePath(request.url) };
  watchUpload(raw, uploadIdleMs ?? CLIENT_TIMEOUTS.uploadIdleMs);
  const list = { user: narrowed(proxy), ...target, links: [{ name: '', open: proxy.open.bind(proxy) }] };
  const isList = isMergedList(list);
  let body: Buffer | undefined;
  try {
    if (changesModels(target)) {
      throw new RelayError('forbidden', 'A proxy cannot pull or delete models: sign in and use an access token.');
    }
    requirePlainBody(raw.headers);
    body = await judgedBody(request, reply, target, bodies);
    await proxies.upstream(proxy.identity);
    if (isCounted(proxy, target) && !isSurelyStreamed(target, body ?? NO_BODY) && !reply.raw.destroyed) {
      const turn = uncounted.take(proxy.identity.id);
      reply.raw.once('close', () => turn[Symbol.dispose]());
    }
    if (!isList) forward(request, reply, { link: proxy, path: target.path, ticker, body });
  } catch (error) {
    proxy.refused();
    throw error;
  } finally {
    // Also when it was refused: what still comes is read, so that the next request on this connection can be.
    if (body === undefined) raw.resume();
  }
  // Through its process, which counts it, also when it refuses it.
  return isList ? answerModelList(reply, list) : undefined;
}

const NO_BODY = Buffer.alloc(0);

/** Whether its tokens are: see `uncounted-answers.ts`. */
function isCounted({ identity }: RunningProxy, target: Target): boolean {
  return identity.config.maxTokens !== undefined && mayGenerate(target);
}

/**
 * Judges a request to a proxy that is narrowed to some models, by the very bytes that go to the engine: returns those, as
 * it does where they say whether the answer's tokens can be counted as it goes.
 */
async function judgedBody(
  { raw, proxy }: FastifyRequest,
  reply: FastifyReply,
  target: Target,
  bodies: HeldBodies,
): Promise<Buffer | undefined> {
  const user = narrowed(proxy!); // see above
  const namesModel = user.key !== undefined && checkTarget(user, target);
  if (!namesModel && !isCounted(proxy!, target)) return undefined; // see above
  // Refused or broken off: what is left of the body is not waited for.
  reply.header('connection', 'close');
  const body = await bodies.read(raw, reply.raw);
  if (namesModel) checkBody(user, target, body);
  reply.removeHeader('connection');
  return body;
}

/** To which models a proxy is narrowed, as `gateway/` asks of a key. */
function narrowed({ identity }: RunningProxy): Narrowed {
  const { models } = identity.config;
  return { what: 'This proxy', ...(models && { key: { models } }) };
}

/** What follows `/proxy/{proxyId}`, byte for byte; a slash in the query begins no path. */
function enginePath(url: string): string {
  const [path = ''] = url.split('?', 1);
  return pathAfter(path, SEGMENTS) + url.slice(path.length);
}

function tokenOf({ headers }: FastifyRequest): string | undefined {
  try {
    return engineApiToken(headers);
  } catch {
    return undefined; // none, or nothing that could be one
  }
}
