import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Right } from '@cloudtolocalllm/protocol';
import { type Authenticator, bearerToken, engineApiToken } from './accounts/authenticate.ts';
import { isFromOwnComputer } from './accounts/loopback-guard.ts';
import type { User } from './accounts/rights.ts';
import type { Access, Api } from './api.ts';
import { handleError } from './error-handler.ts';
import { RelayError } from './errors.ts';
import type { RequestLimits } from './limits/request-limits.ts';

/** Routes of plugins, which can't say who may call them: the web app's files, CORS preflights, the docs' pages. */
const OPEN_ROUTE = /^(\/?\*|\/api\/docs(\/.*)?)$/;

export interface GuardOptions {
  authenticator: Authenticator;
  limits: RequestLimits;
}

/**
 * Asks every request who sends it, as its route's `access` demands, and counts it against its limit before anything else
 * of it is read. A route that doesn't say who may call it can't be registered.
 */
export function guardRoutes(app: Api, { authenticator, limits }: GuardOptions): void {
  app.decorateRequest('user');
  app.decorateRequest('isCharged', false);

  app.addHook('onRoute', ({ url, method, config }: RouteOptions) => {
    if (config?.access === undefined && !OPEN_ROUTE.test(url)) {
      throw new Error(`Cannot register ${String(method)} ${url}: its config does not say who may call it ("access")`);
    }
  });

  /** A token that is missing or bad counts against where it comes from; one that is valid never does. */
  async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    try {
      const { headers, routeOptions } = request;
      const speaksEngine = routeOptions.config.enginePathAfter !== undefined;
      const token = speaksEngine ? engineApiToken(headers) : bearerToken(headers.authorization);
      request.user = await authenticator.authenticate(token, request.ip);
    } catch (error) {
      // When the issuer's keys can't be had it is nobody's fault.
      const isOurs = error instanceof RelayError && error.status >= 500;
      if (!isOurs) await limits.chargeAddress(request, reply);
      throw error;
    }
  }

  app.addHook('onRequest', async (request, reply) => {
    const { access, limitedBy, stream } = request.routeOptions.config;
    if (!needsUser(access, request)) {
      if (access !== undefined && access !== 'proxy token' && limitedBy !== 'none')
        await limits.chargeAddress(request, reply);
      return;
    }
    await authenticate(request, reply);
    // What becomes an exchange counts against its bridge, which only the route's handler can choose.
    if (limitedBy === undefined || limitedBy === 'user') await limits.chargeUser(request, reply);
    else if (limitedBy === 'address') await limits.chargeAddress(request, reply);
    requireRight(request, access);
    if (stream === true) limits.holdStream(request.user.id, reply);
  });
}

/**
 * Answers errors in their format, and counts what never became an exchange against its caller. Called before any route is
 * registered, plugins' too: later ones alone have it.
 */
export function answerErrors(app: Api, limits: RequestLimits): void {
  app.setErrorHandler(async (error: Error, request, reply) => {
    // as: it may have failed before there was one
    const isSomebodys = (request.user as User | undefined) !== undefined;
    const neverExchanged = request.routeOptions.config.limitedBy === 'bridge' && isSomebodys && !request.isCharged;
    const answer = neverExchanged ? await afterCharge(limits.chargeUser(request, reply), error) : error;
    return handleError(answer, request, reply);
  });
}

/** What a request that failed is answered with once it was counted: its error, or that it was one too many. */
export async function afterCharge(charge: Promise<void>, error: Error): Promise<Error> {
  return charge.then(
    () => error,
    (refusal: Error) => refusal,
  );
}

function needsUser(access: Access | undefined, request: FastifyRequest): boolean {
  switch (access) {
    case undefined: // nothing there, or a plugin's route
    case 'public':
    case 'own computer':
    case 'proxy token':
      return false;
    case 'admin or own computer':
      return !isFromOwnComputer(request);
    default:
      return true;
  }
}

function requireRight({ user }: FastifyRequest, access: Access | undefined): void {
  if (access === 'anybody signed in') return;
  const right = access === 'admin or own computer' ? 'admin' : (access as Right); // as: needsUser let only rights through
  if (user.rights.has(right)) return;
  throw new RelayError('forbidden', refusal(right, user.key !== undefined));
}

function refusal(right: Right, isKey: boolean): string {
  if (right === 'admin') return 'Only administrators of this relay may do this.';
  if (right === 'account') {
    return isKey
      ? 'An API key cannot do this: sign in and use an access token.'
      : 'This access token is narrowed to some scopes and cannot do this: use one without them.';
  }
  return `This ${isKey ? 'API key' : 'access token'} does not have the scope "${right}".`;
}
