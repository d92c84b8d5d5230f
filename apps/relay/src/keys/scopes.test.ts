import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { apiError, SCOPES } from '@cloudtolocalllm/protocol';
import type { Access } from '../api.ts';
import { startRelayWithRoutes } from '../test-routes.ts';
import { makeKey } from './test-keys.ts';

interface Route {
  method: string;
  path: string;
  access: Access;
}

/** A relay and all of its own routes. */
async function relayWithRoutes(t: TestContext) {
  const { relay, routes: listed } = await startRelayWithRoutes(t);
  const routes = listed.flatMap(({ method, url, access }): Route[] =>
    access === undefined ? [] : [{ method, path: fill(url), access }],
  );
  return { relay, routes };
}

const PREFIXES: Record<string, string> = { bridgeId: 'bridge', conversationId: 'conv', messageId: 'msg', keyId: 'key' };

/** Ids of nothing that exists. */
function fill(url: string): string {
  const path = url.replace(/:(\w+)/g, (_, name: string) => `${PREFIXES[name] ?? name}-${crypto.randomUUID()}`);
  return path.replace('*', 'api/tags');
}

/** Of an error in the specification's format, or in that of the engine's API whose path it was. */
function messageIn(text: string): string {
  const body: unknown = JSON.parse(text);
  const { error } = Object(body) as { error: string | { message: string } }; // in either format
  const message = typeof error === 'object' ? error.message : error;
  if (message !== 'forbidden') return message;
  return apiError.parse(body).message;
}

test('a key opens the routes of its scopes and no others', async (t) => {
  const { relay, routes } = await relayWithRoutes(t);
  for (const scope of SCOPES) {
    const { secret } = await makeKey(relay, { scopes: [scope] });
    const asked: Record<string, number> = {};
    // fetch sends no such requests.
    for (const { method, path, access } of routes.filter(({ method: name }) => !['CONNECT', 'TRACE'].includes(name))) {
      if (['public', 'own computer', 'admin or own computer', 'proxy token'].includes(access)) continue;
      asked[access] = (asked[access] ?? 0) + 1;
      const response = await relay.call(path, { method, token: secret });
      const text = await response.text();
      const what = `${scope}: ${method} ${path}: ${response.status} ${text}`;
      if (access === scope || access === 'anybody signed in') {
        assert.ok(![401, 403].includes(response.status), what);
        continue;
      }
      // At a proxy's endpoint no key counts at all.
      assert.equal(response.status, access === 'proxy token' ? 401 : 403, what);
      if (method === 'HEAD') continue;
      const message = messageIn(text);
      const isScope = (SCOPES as readonly string[]).includes(access);
      if (isScope) assert.match(message, new RegExp(`API key does not have the scope "${access}"`));
      if (access === 'account') assert.match(message, /An API key cannot do this: sign in/);
    }
    assert.ok(asked['account']! >= 5 && asked['chat']! >= 8 && asked['inference']! >= 2, JSON.stringify(asked));
    const me = (await (await relay.call('/api/me', { token: secret })).json()) as { scopes: string[] }; // checked below
    assert.deepEqual(me.scopes, [scope]);
  }
});
