import type { Exchange, ExchangeRequest } from '@cloudtolocalllm/protocol';
import { TestBridge } from '../bridges/test-bridge.ts';
import type { TestRelay } from '../test-relay.ts';

/** One request that reached the engine, answered by the test. */
export interface EngineAsked {
  request: ExchangeRequest;
  /** Its parsed JSON body; undefined without one. */
  body: unknown;
  exchange: Exchange;
  /** Resolves with the code when the relay gives it up. */
  reset: Promise<string>;
}

/** A bridge with an engine whose answers the test gives. */
export interface EngineBridge {
  bridgeId: string;
  bridge: TestBridge;
  asked: EngineAsked[];
}

/** A whole answer, as an engine gives it. */
export function answer({ exchange }: EngineAsked, status: number, body: object | string): void {
  exchange.head(status, ['content-type', 'application/json']);
  exchange.write(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
  exchange.end();
}

/** Registers and connects a bridge of the relay's local user; `respond` is called with each request of the engine. */
export async function engineBridge(
  relay: TestRelay,
  respond: (asked: EngineAsked) => void,
  { name = 'Study', models = ['m:1b'], mayManageModels = true, token = relay.token } = {},
): Promise<EngineBridge> {
  const body = { clientId: crypto.randomUUID(), platform: 'linux', version: '1', capabilities: ['streaming'], name };
  const registered = await relay.call('/api/bridge/register', { method: 'POST', body, token });
  const { bridgeId, sessionToken } = (await registered.json()) as { bridgeId: string; sessionToken: string }; // by schema
  const asked: EngineAsked[] = [];
  const bridge = new TestBridge((request, exchange) => {
    const chunks: Buffer[] = [];
    const reset = Promise.withResolvers<string>();
    return {
      data(chunk) {
        chunks.push(Buffer.from(chunk));
        exchange.consumed(chunk.length);
      },
      end() {
        const text = Buffer.concat(chunks).toString();
        const one = { request, exchange, reset: reset.promise, body: text === '' ? undefined : JSON.parse(text) };
        asked.push(one);
        respond(one);
      },
      reset: (code) => reset.resolve(code),
    };
  });
  await bridge.connect(`${relay.url.replace('http', 'ws')}/ws/bridge/${bridgeId}`, sessionToken);
  await report(relay, { bridge, bridgeId }, { models, mayManageModels });
  return { bridgeId, bridge, asked };
}

/** Reports, and waits until the relay knows. */
export async function report(
  relay: TestRelay,
  { bridge, bridgeId }: Pick<EngineBridge, 'bridge' | 'bridgeId'>,
  { models, mayManageModels }: { models: string[]; mayManageModels?: boolean },
): Promise<void> {
  bridge.say({ type: 'status_update', payload: { ollamaStatus: 'connected', models, mayManageModels } });
  const known = (): string => JSON.stringify(relay.context.links.get(bridgeId)?.report?.models);
  while (known() !== JSON.stringify(models)) await new Promise((resolve) => setImmediate(resolve));
}
