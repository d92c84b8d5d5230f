import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RelayError } from './errors.ts';
import type { RequestLimits } from './limits/request-limits.ts';
import { OWN_PATH } from './web/web-app.ts';

interface Route {
  pattern: RegExp;
  methods: Set<string>;
}

/**
 * Collects the routes that are registered after it and answers what matches none: 405 where the path exists with
 * another method, else 404. Below the relay's own paths each counts against its address. `fallback` is asked first and
 * may answer (the web app's own paths).
 */
export function answerUnknownRoutes(
  app: FastifyInstance,
  fallback: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined,
  limits: RequestLimits,
): void {
  const routes = new Map<string, Route>();
  app.addHook('onRoute', ({ url, method }) => {
    // The web app's files: any path might be one.
    if (url === '/*') return;
    const route = routes.get(url) ?? { pattern: toPattern(url), methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });

  // Before its body is read: what is wrong with that is of no matter.
  app.addHook('onRequest', async (request, reply) => (request.is404 ? answer(request, reply) : undefined));
  // What a route sends on.
  app.setNotFoundHandler(answer);

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!request.isCharged && OWN_PATH.test(request.url)) await limits.chargeAddress(request, reply);
    const [path = '/'] = request.url.split('?', 1);
    const allowed = new Set<string>();
    for (const { pattern, methods } of routes.values()) {
      if (pattern.test(path)) for (const method of methods) allowed.add(method);
    }
    if (allowed.size > 0 && !allowed.has(request.method)) {
      reply.header('allow', [...allowed].join(', '));
      throw new RelayError(
        'method_not_allowed',
        `${request.method} is not possible here, only ${[...allowed].join(', ')}.`,
      );
    }
    const page = fallback(request, reply);
    if (page !== undefined) return page;
    throw new RelayError('not_found', 'There is nothing at this address.');
  }
}

function toPattern(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*';
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}/?$`);
}
