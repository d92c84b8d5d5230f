/** A program of somebody else that uses much of the SDK: calls, streams, events, errors and their types. */
export const CONSUMER = `
import {
  ApiError,
  baseUrls,
  createClient,
  createSignIn,
  NdjsonError,
  SdkError,
  SignInError,
  type BridgeStatus,
  type ChatEvent,
  type Client,
  type ClientOptions,
  type Conversation,
  type KeyValueStorage,
  type Message,
  type NewProxy,
  type ProxyConfig,
  type ProxyStatus,
  type PullEvent,
  type RealtimeEvent,
  type WebSocketConstructor,
} from '@cloudtolocalllm/sdk';

class NoSocket {
  readonly readyState: number = 3;
  constructor(readonly url: string, readonly protocols: string[]) {}
  send(_data: string): void {}
  close(): void {}
  addEventListener(): void {}
}
const webSocket: WebSocketConstructor = NoSocket;
const options: ClientOptions = {
  baseUrl: 'http://127.0.0.1:9',
  token: async (refused?: string) => refused ?? 'c2l_token',
  retry: { calls: 0, resumes: 0 },
  webSocket,
};
const client: Client = createClient(options);

export function words(event: ChatEvent): string {
  switch (event.type) {
    case 'chunk':
    case 'thinking':
    case 'replace':
      return event.content;
    case 'tool_call':
      return event.toolCall.name;
    case 'complete':
      return String(event.metadata?.answerMs ?? event.totalTokens);
    case 'error':
      return event.message;
    default: {
      const rest: 'start' | 'status' = event.type;
      return rest;
    }
  }
}

export async function chat(bridge: BridgeStatus): Promise<string> {
  const model = bridge.client.models[0] ?? 'tiny-demo';
  const conversation: Conversation = await client.conversations.create({ model, options: { temperature: 0 } });
  let text = '';
  for await (const event of client.messages.send(conversation.id, 'Hello', { ifOffline: 'wait' })) text += words(event);
  const messages: Message[] = await client.messages.list(conversation.id);
  return text + messages.map(({ role, status }): 'user' | 'assistant' | typeof status => role).join();
}

export async function lend(bridgeId: string): Promise<NewProxy> {
  const limits: ProxyConfig = { maxRequests: 10, paths: ['/v1/*'], lifetime: 600 };
  const proxy = await client.proxies.create(bridgeId, { ...limits, name: 'a friend' });
  const status: ProxyStatus = await client.proxies.status(proxy.proxyId);
  const seconds: number = status.uptime + status.metrics.requests;
  return { ...proxy, ...baseUrls(proxy.endpoint), endpoint: String(seconds) };
}

export async function watch(userId: string): Promise<RealtimeEvent['type'] | undefined> {
  for await (const event of client.realtime.status(userId, { onConnection: (state: 'live' | 'lost') => state })) {
    if (event.type === 'proxy') return event.payload.proxy.reason === 'expired' ? event.type : undefined;
    if (event.type === 'bridge' && event.payload.bridge.status === 'connected') return event.type;
  }
  return undefined;
}

export async function pull(): Promise<PullEvent | undefined> {
  for await (const event of client.models.pull('bridge-1', 'tiny')) return event;
  return undefined;
}

const storage: KeyValueStorage = { getItem: () => null, setItem() {}, removeItem() {} };
const signIn = createSignIn({ authConfig: client.account.authConfig, redirectUri: 'http://127.0.0.1:9/back', storage });
if (signIn.isSignedIn()) throw new SignInError('refused', 'nobody has signed in');

try {
  await client.conversations.list({ limit: 1, sort: 'updated_desc' });
} catch (error) {
  if (!(error instanceof SdkError) || error instanceof NdjsonError) throw error;
  if (!(error instanceof ApiError)) throw error;
  console.log(client.gateway.ollamaHost, error.code, error.status);
}
`;

/** A program that compiles only when each of these types is in both, and the same. */
export function sameTypes(names: readonly string[]): string {
  return [
    `import type * as protocol from 'protocol';`,
    `import type * as sdk from 'sdk';`,
    // Identical, not only assignable: an optional field that one of them lacks would go unseen.
    'type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;',
    ...names.map((name) => `export const ${name}: Same<protocol.${name}, sdk.${name}> = true;`),
  ].join('\n');
}
