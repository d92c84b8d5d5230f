import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TestContext } from 'node:test';
import type { Access, Api } from './api.ts';
import { startTestRelay, type TestRelay, type TestRelayOptions } from './test-relay.ts';

export interface ListedRoute {
  method: string;
  /** As it was registered, with `:names` and `*`. */
  url: string;
  /** Undefined: a plugin's route, which can't say. */
  access: Access | undefined;
}

/** A test relay and every route that it has, in the order in which they were registered. */
export async function startRelayWithRoutes(
  t: TestContext,
  options?: TestRelayOptions,
): Promise<{ relay: TestRelay; routes: ListedRoute[] }> {
  const routes: ListedRoute[] = [];
  const begun = (message: unknown): void => {
    const { fastify } = message as { fastify: Api }; // as: what fastify tells on this channel
    fastify.addHook('onRoute', ({ method, url, config }) => {
      if (url === '*') return; // the preflights of web pages: see limits/cors.test.ts
      for (const name of [method].flat()) routes.push({ method: name, url, access: config?.access });
    });
  };
  // The server's own start: no hook of a later plugin would see what was registered before it.
  subscribe('fastify.initialization', begun);
  const relay = await startTestRelay(t, options);
  unsubscribe('fastify.initialization', begun);
  return { relay, routes };
}
