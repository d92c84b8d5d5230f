import type { FastifyRequest, RouteOptions } from 'fastify';
import type { Right } from '@cloudtolocalllm/protocol';
import { type Authenticator, bearerToken } from './accounts/authenticate.ts';
import { isFromOwnComputer } from './accounts/loopback-guard.ts';
import type { Access, Api } from './api.ts';
import { RelayError } from './errors.ts';

/** Routes of plugins, which can't say who may call them: the web app's files, CORS preflights, the docs' pages. */
const OPEN_ROUTE = /^(\/?\*|\/api\/docs(\/.*)?)$/;

export interface GuardOptions {
  authenticator: Authenticator;
}

/**
 * Asks every request who sends it, as its route's `access` demands, before anything else of it is read. A route that
 * doesn't say who may call it can't be registered.
 */
export function guardRoutes(app: Api, { authenticator }: GuardOptions): void {
  app.decorateRequest('user');

  app.addHook('onRoute', ({ url, method, config }: RouteOptions) => {
    if (config?.access === undefined && !OPEN_ROUTE.test(url)) {
      throw new Error(`Cannot register ${String(method)} ${url}: its config does not say who may call it ("access")`);
    }
  });

  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (needsUser(access, request)) {
      request.user = await authenticator.authenticate(bearerToken(request.headers.authorization));
      requireRight(request, access);
    }
  });
}

function needsUser(access: Access | undefined, request: FastifyRequest): boolean {
  switch (access) {
    case undefined: // nothing there, or a plugin's route
    case 'public':
    case 'own computer':
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
