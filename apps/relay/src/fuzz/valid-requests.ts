import type { Api } from '../api.ts';
import type { OpenApiDocument } from '../docs/document.ts';
import type { ListedRoute } from '../test-routes.ts';

export interface ValidRequest {
  route: ListedRoute;
  method: string;
  path: string;
  /** The example of the relay's own document; undefined where it takes none. */
  body: unknown;
}

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
    .map((route) => ({ route, method: route.method, path: fill(route.url, ids), body: exampleBody(document, route) }));
}

function fill(url: string, ids: Record<string, string>): string {
  const path = url.replace(/:(\w+)/g, (_, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`Cannot walk ${url}: teach the walk about :${name}`);
    return id;
  });
  return path.replace('*', 'api/tags');
}

function exampleBody({ paths }: OpenApiDocument, { method, url, access }: ListedRoute): unknown {
  const path = url.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}');
  const key = method.toLowerCase() as 'post'; // as: a method that the document doesn't know finds nothing
  const operation = paths[path]?.[key];
  const example = operation?.requestBody?.content['application/json']?.example;
  const isOfApi = url.startsWith('/api/') && access !== undefined;
  if (isOfApi && operation === undefined && ['POST', 'PUT', 'PATCH'].includes(method)) {
    throw new Error(`Cannot walk ${method} ${url}: it is not in the OpenAPI document`);
  }
  return example;
}
