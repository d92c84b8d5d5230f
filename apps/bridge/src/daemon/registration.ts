import type { RegisterBridgeResponse } from '@cloudtolocalllm/protocol';
import type { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import { relayApi, RelayApiError } from '../relay-api.ts';
import { VERSION } from '../version.ts';

/** What this bridge can do: many streams on one link. */
const CAPABILITIES = ['ollama', 'streaming'];

/** Registers this installation; the same one gets the same bridge id again. Throws RelayApiError, BridgeError. */
export async function register(account: Account, name: string): Promise<RegisterBridgeResponse> {
  const { relay, clientId } = account.credentials;
  const request = { clientId, platform: process.platform, version: VERSION, capabilities: CAPABILITIES, name };
  const attempt = async (): Promise<RegisterBridgeResponse> =>
    relayApi.register(relay, await account.accessToken(), request);
  const answer = await attempt().catch((error: unknown) => {
    if (!(error instanceof RelayApiError) || error.status !== 401) throw error;
    account.expire();
    return attempt();
  });
  requireSameOrigin(answer.endpoints.websocket, relay);
  if (answer.bridgeId !== account.credentials.bridgeId) await account.keep({ bridgeId: answer.bridgeId });
  return answer;
}

/** The relay is not trusted with where this computer connects to: only the relay itself, as safely as it was signed in to. */
function requireSameOrigin(webSocket: string, relay: string): void {
  const expected = relay.replace(/^http/, 'ws');
  if (URL.parse(webSocket)?.origin === new URL(expected).origin) return;
  throw new BridgeError(
    'failed',
    `The relay names another address for the link than its own: ${webSocket.slice(0, 200)}`,
  );
}
