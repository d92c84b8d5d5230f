import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type OpenApiDocument, type Operation, operationsOf } from '../apps/relay/src/docs/document.ts';
import { baseUrls, createClient, type Client } from '../packages/sdk/src/index.ts';
import { makeApiDocument } from './api-document.ts';

const ORIGIN = 'http://relay.example';
const ID = '5f0c2a9e-1d7b-4c3e-9a86-2b41f7d0e6c8';
const [BRIDGE, CONVERSATION, MESSAGE] = [`bridge-${ID}`, `conv-${ID}`, `msg-${ID}`];
const QUESTION = { model: 'tiny', messages: [{ role: 'user' as const, content: 'Hello' }] };

/** How each operation of the API is called; a new one belongs here, and into the SDK. */
const CALLS: Record<string, (client: Client) => unknown> = {
  getHealth: ({ health }) => health.get(),
  getDetailedHealth: ({ health }) => health.detailed(),
  getAuthConfig: ({ account }) => account.authConfig(),
  listDownloads: ({ downloads }) => downloads.list(),
  getMe: ({ account }) => account.me(),
  exportAccount: ({ account }) => account.exportAll(),
  deleteAccountData: ({ account }) => account.deleteEverything('delete everything'),
  getPush: ({ push }) => push.get(),
  subscribeToPush: ({ push }) =>
    push.subscribe({ endpoint: 'https://push.example/1', keys: { p256dh: 'a', auth: 'b' } }),
  unsubscribeFromPush: ({ push }) => push.unsubscribe(`push-${ID}`),
  testPush: ({ push }) => push.test(),
  getLimits: ({ account }) => account.limits(),
  getBridgeLoad: ({ bridges }) => bridges.load(BRIDGE),
  getSettings: ({ account }) => account.settings(),
  updateSettings: ({ account }) => account.changeSettings({ theme: 'dark' }),
  registerBridge: ({ bridges }) => bridges.register({ clientId: 'one', platform: 'linux', version: '1' }),
  listBridges: ({ bridges }) => bridges.list(),
  getBridgeStatus: ({ bridges }) => bridges.status(BRIDGE),
  renameBridge: ({ bridges }) => bridges.rename(BRIDGE, 'Study'),
  removeBridge: ({ bridges }) => bridges.remove(BRIDGE),
  orderBridges: ({ bridges }) => bridges.order([BRIDGE]),
  listModels: ({ models }) => models.merged(),
  listBridgeModels: ({ models }) => models.installed(BRIDGE),
  showModel: ({ models }) => models.show(BRIDGE, 'tiny'),
  loadModel: ({ models }) => models.load(BRIDGE, 'tiny'),
  unloadModel: ({ models }) => models.unload(BRIDGE, 'tiny'),
  deleteModel: ({ models }) => models.delete(BRIDGE, 'tiny'),
  pullModel: ({ models }) => first(models.pull(BRIDGE, 'tiny')),
  queueMessage: ({ queue }) => queue.send(BRIDGE, QUESTION),
  listQueuedMessages: ({ queue }) => queue.list(BRIDGE),
  getQueuedMessage: ({ queue }) => queue.get(BRIDGE, MESSAGE),
  cancelQueuedMessage: ({ queue }) => queue.cancel(BRIDGE, MESSAGE),
  followQueuedMessage: ({ queue }) => first(queue.events(BRIDGE, MESSAGE)),
  listConversations: ({ conversations }) => conversations.list(),
  createConversation: ({ conversations }) => conversations.create({ model: 'tiny' }),
  getConversation: ({ conversations }) => conversations.get(CONVERSATION),
  updateConversation: ({ conversations }) => conversations.update(CONVERSATION, { pinned: true }),
  deleteConversation: ({ conversations }) => conversations.delete(CONVERSATION),
  restoreConversation: ({ conversations }) => conversations.restore(CONVERSATION),
  sendMessage: ({ messages }) => messages.ask(CONVERSATION, 'Hello'),
  listMessages: ({ messages }) => messages.list(CONVERSATION),
  regenerateMessage: ({ messages }) => first(messages.regenerate(CONVERSATION, MESSAGE)),
  continueMessage: ({ messages }) => first(messages.continue(CONVERSATION, MESSAGE)),
  followMessage: ({ messages }) => first(messages.events(CONVERSATION, MESSAGE)),
  deleteMessage: ({ messages }) => messages.delete(CONVERSATION, MESSAGE),
  stopMessage: ({ messages }) => messages.stop(CONVERSATION, MESSAGE),
  searchChats: ({ search }) => search.find('light'),
  exportChats: ({ transfer }) => transfer.exportAll(),
  exportConversation: ({ transfer }) => transfer.exportOne(CONVERSATION),
  importChats: ({ transfer }) => transfer.import('{}'),
  getImport: ({ transfer }) => transfer.importStatus(`import-${ID}`),
  createKey: ({ keys }) => keys.create({ name: 'a key', scopes: ['chat'] }),
  listKeys: ({ keys }) => keys.list(),
  revokeKey: ({ keys }) => keys.revoke(`key-${ID}`),
  createProxy: ({ proxies }) => proxies.create(BRIDGE, { maxRequests: 1 }),
  listProxies: ({ proxies }) => proxies.list(),
  getProxyStatus: ({ proxies }) => proxies.status(`proxy-${ID}`),
  deleteProxy: ({ proxies }) => proxies.end(`proxy-${ID}`),
  listAuditEvents: ({ audit }) => audit.list(),
  createAttachment: ({ attachments }) => attachments.upload({ name: 'a.md', type: 'text/markdown', content: '# A' }),
  getAttachment: ({ attachments }) => attachments.bytes(`file-${ID}`),
  deleteAttachment: ({ attachments }) => attachments.delete(`file-${ID}`),
};

async function first<T>(events: AsyncIterable<T>): Promise<T | undefined> {
  for await (const event of events) return event;
  return undefined;
}

/** Operations of the engines' own APIs, below these paths: reached by `gateway.fetch` and other packages' clients. */
const ENGINE_PATHS = ['/v1', '/ollama', '/proxy/{'];

interface Described {
  method: string;
  path: string;
  operation: Operation;
}

describe('the operations of the API', () => {
  let document: OpenApiDocument;
  let described: Described[];
  before(async () => {
    document = await makeApiDocument();
    described = [...operationsOf(document)];
  });

  const isEngines = ({ path }: Described): boolean => ENGINE_PATHS.some((prefix) => path.startsWith(prefix));

  /** The example of what an operation answers. */
  function exampleOf({ operation }: Described): unknown {
    const response = operation.responses['200'];
    const content = response !== undefined && 'content' in response ? response.content : undefined;
    const schema = content?.['application/x-ndjson']?.schema ?? content?.['application/json']?.schema ?? {};
    const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
    const { examples } = name === undefined ? schema : (document.components.schemas[name] ?? {});
    return Array.isArray(examples) ? examples.at(-1) : undefined;
  }

  /** A client of a relay that answers each operation with its example, and which it was asked for. */
  function recorded(): { client: Client; asked: Described[] } {
    const asked: Described[] = [];
    const client = createClient({
      baseUrl: ORIGIN,
      token: 'token',
      fetch: async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        const found = described.find(
          ({ method, path }) =>
            method.toUpperCase() === (init?.method ?? 'GET') &&
            new RegExp(`^${path.replaceAll(/\{path\}/g, '.*').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
        );
        if (found === undefined)
          return Response.json({ error: 'not_found', message: pathname, code: 404 }, { status: 404 });
        asked.push(found);
        return new Response(`${JSON.stringify(exampleOf(found) ?? {})}\n`);
      },
    });
    return { client, asked };
  }

  it('are all calls of the SDK', async () => {
    const named = described.filter((one) => !isEngines(one)).map(({ operation }) => operation.operationId);
    assert.deepEqual(new Set(Object.keys(CALLS)), new Set(named));
    for (const [operationId, call] of Object.entries(CALLS)) {
      const { client, asked } = recorded();
      await call(client);
      assert.deepEqual(
        [operationId],
        asked.map(({ operation }) => operation.operationId),
      );
    }
  });

  it("reach the engines' own APIs with the client's fetch", async () => {
    const engines = described.filter((one) => isEngines(one) && !one.path.startsWith('/proxy/{'));
    assert.ok(engines.length > 0);
    for (const { method, path, operation } of engines) {
      const { client, asked } = recorded();
      const response = await client.gateway.fetch(path.replace('{path}', 'api/tags'), {
        method: method.toUpperCase(),
      });
      assert.ok(response.ok, operation.operationId);
      assert.deepEqual(
        [operation.operationId],
        asked.map((one) => one.operation.operationId),
      );
    }
  });

  it('have base URLs for the clients of the engines', () => {
    const { gateway } = recorded().client;
    assert.deepEqual(
      [gateway.openAIBaseUrl, gateway.anthropicBaseUrl, gateway.ollamaHost],
      [`${ORIGIN}/v1`, ORIGIN, `${ORIGIN}/ollama`],
    );
    const endpoint = `${ORIGIN}/proxy/proxy-${ID}`;
    assert.deepEqual(baseUrls(`${endpoint}/`), {
      openAIBaseUrl: `${endpoint}/v1`,
      anthropicBaseUrl: endpoint,
      ollamaHost: endpoint,
    });
  });
});
