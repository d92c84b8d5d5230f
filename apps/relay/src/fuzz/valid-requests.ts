import { EXAMPLE_UUID } from '@cloudtolocalllm/protocol';
import type { Api } from '../api.ts';
import type { OpenApiDocument, Operation } from '../docs/document.ts';
import type { ListedRoute } from '../test-routes.ts';

export interface ValidRequest {
  route: ListedRoute;
  method: string;
  path: string;
  /** The example of the relay's own document; undefined where it takes none. */
  body: unknown;
}

/** The same for everybody. */
const COMMON: Record<string, string> = { name: 'cloudtolocalllm-0.1.0.tgz' };

/** `fetch` and Node's client send no such requests. */
const UNSENDABLE = new Set(['CONNECT', 'TRACE']);

/**
 * A request for every route, with these ids in its path and the documented example as its body.
 * @throws Error for a parameter without an id, and for a route that takes a body of which there is no example.
 */
export function validRequests(app: Api, routes: readonly ListedRoute[], ids: Record<string, string>): ValidRequest[] {
  const document = app.swagger() as unknown as OpenApiDocument; // as: its own types know no extensions
  return routes
    .filter(({ method }) => !UNSENDABLE.has(method))
    .map((route) => ({
      route,
      method: route.method,
      path: fill(route.url, ids) + requiredQuery(document, route),
      body: withIds(exampleBody(document, route), ids),
    }));
}

function fill(url: string, ids: Record<string, string>): string {
  const path = url.replace(/:(\w+)/g, (_, name: string) => {
    const id = ids[name] ?? COMMON[name];
    if (id === undefined) throw new Error(`Cannot walk ${url}: teach the walk about :${name}`);
    return id;
  });
  return path.replace('*', 'api/tags');
}

/** The bridge that an example names is this one. */
function withIds(body: unknown, { bridgeId }: Record<string, string>): unknown {
  if (body === undefined || bridgeId === undefined) return body;
  return JSON.parse(JSON.stringify(body).replaceAll(`bridge-${EXAMPLE_UUID}`, bridgeId));
}

/** Nothing is asked of what stands in it but that it is there. */
function requiredQuery(document: OpenApiDocument, route: ListedRoute): string {
  const parameters = operationOf(document, route)?.parameters ?? [];
  const names = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name }) => name);
  return names.length === 0
    ? ''
    : `?${new URLSearchParams(Object.fromEntries(names.map((name) => [name, 'x']))).toString()}`;
}

function operationOf({ paths }: OpenApiDocument, { method, url }: ListedRoute): Operation | undefined {
  const path = url.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}');
  // HEAD is GET without the body, and is not documented. as: a method that the document doesn't know finds nothing
  const key = (method === 'HEAD' ? 'get' : method.toLowerCase()) as 'post';
  return paths[path]?.[key];
}

function exampleBody(document: OpenApiDocument, route: ListedRoute): unknown {
  const { method, url, access } = route;
  const operation = operationOf(document, route);
  const example = operation?.requestBody?.content['application/json']?.example;
  const isOfApi = url.startsWith('/api/') && access !== undefined;
  if (isOfApi && operation === undefined && ['POST', 'PUT', 'PATCH'].includes(method)) {
    throw new Error(`Cannot walk ${method} ${url}: it is not in the OpenAPI document`);
  }
  return example;
}
