import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import { proxyAgent } from '../network/outbound.ts';
import { relayApi, RelayApiError } from '../relay-api.ts';

/** Connections to the relay that wait for the next request. */
const AGENT_OPTIONS = { keepAlive: true, maxFreeSockets: 8 } as const;

/** Nobody writes a path that is encoded more often. */
const MAX_DECODED = 4;

export interface RelayWayOptions {
  account: Account;
  /** The computer to ask, by its name or id; undefined = the relay chooses. */
  bridge: string | undefined;
}

/** Requests to the relay's `/ollama/*` and `/v1/*` as this person. */
export class RelayWay implements Disposable {
  readonly #account: Account;
  readonly #bridge: string | undefined;
  readonly #relay: URL;
  readonly #agent: HttpAgent;
  #bridgeId: Promise<string> | undefined;

  constructor({ account, bridge }: RelayWayOptions) {
    this.#account = account;
    this.#bridge = bridge;
    this.#relay = new URL(account.credentials.relay);
    this.#agent =
      proxyAgent(this.#relay, AGENT_OPTIONS) ??
      (this.#relay.protocol === 'https:' ? new HttpsAgent(AGENT_OPTIONS) : new HttpAgent(AGENT_OPTIONS));
  }

  get relay(): string {
    return this.#relay.origin;
  }

  /** Opens a request; `path` as the local program asked for it. Throws BridgeError, RelayApiError, TypeError (path, headers). */
  async open(method: string, path: string, headers: OutgoingHttpHeaders): Promise<ClientRequest> {
    if (climbs(path)) throw new TypeError('the path leads elsewhere');
    const token = await this.#account.accessToken();
    const bridgeId = this.#bridge === undefined ? undefined : await this.#named(this.#bridge);
    const make = this.#relay.protocol === 'https:' ? httpsRequest : httpRequest;
    return make(this.#relay, {
      agent: this.#agent,
      method,
      path: /^\/v1(?:[/?]|$)/.test(path) ? path : `/ollama${path}`,
      headers: { ...headers, authorization: `Bearer ${token}`, ...(bridgeId && { 'x-bridge-id': bridgeId }) },
    });
  }

  /** The relay refused the token: the next request brings a new one. */
  expire(): void {
    this.#account.expire();
  }

  /** Looked up once, and again after it failed. */
  #named(bridge: string): Promise<string> {
    return (this.#bridgeId ??= this.#find(bridge).catch((error: unknown) => {
      this.#bridgeId = undefined;
      throw error;
    }));
  }

  async #find(bridge: string): Promise<string> {
    const ask = async () => relayApi.bridges(this.relay, await this.#account.accessToken());
    const { bridges } = await ask().catch((error: unknown) => {
      if (!(error instanceof RelayApiError) || error.status !== 401) throw error;
      this.expire();
      return ask();
    });
    const found = bridges.filter(({ bridgeId, name }) => bridgeId === bridge || name === bridge);
    const names = bridges.map(({ name }) => `"${name}"`).join(', ') || 'none';
    if (found.length === 0) {
      throw new BridgeError('failed', `There is no computer "${bridge}" at ${this.relay}: it knows ${names}`);
    }
    if (found.length > 1) {
      const ids = found.map(({ bridgeId }) => bridgeId).join(' or ');
      throw new BridgeError('failed', `Several computers are called "${bridge}": name one by its id, ${ids}`);
    }
    return found[0]!.bridgeId; // there is exactly one
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** Whether a proxy in front of the relay may read the path as one outside of what is for models, however often it decodes it. */
function climbs(path: string): boolean {
  let plain = path.split('?', 1)[0] ?? '';
  for (let times = 0; times < MAX_DECODED; times++) {
    if (plain.split(/[/\\]/).some(isStep)) return true;
    const decoded = plain.replaceAll(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
    if (decoded === plain) return false;
    plain = decoded;
  }
  return true;
}

/** `.` or `..`, also with what some servers leave out: blanks, control characters, what is behind a semicolon or a mark. */
function isStep(segment: string): boolean {
  const [name = ''] = segment.split(/[;?#]/, 1);
  return /^\.{1,2}$/.test(name.replaceAll(/[\s\p{Cc}]/gu, ''));
}
