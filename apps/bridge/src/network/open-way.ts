import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { proxyInForce } from './outbound.ts';
import { proxyName } from './proxy-settings.ts';

const TIMEOUT_MS = 5_000;

/** The way to a server could not be opened: the message says where it ended and what to do. */
export class WayError extends Error {
  override readonly name = 'WayError';
  /** True when it is the proxy that ended it. */
  readonly byProxy: boolean;

  constructor(message: string, byProxy: boolean, options?: ErrorOptions) {
    super(message, options);
    this.byProxy = byProxy;
  }
}

/** Opens a plain connection to the host and port of this address, through the proxy in force. Throws WayError. */
export function openWay(address: string | URL, timeoutMs = TIMEOUT_MS): Promise<Duplex> {
  const url = new URL(address);
  const port = Number(url.port) || (['https:', 'wss:'].includes(url.protocol) ? 443 : 80);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const proxy = proxyInForce(url);
  return proxy ? tunnel(proxy, `${url.hostname}:${port}`, timeoutMs) : direct(host, port, timeoutMs);
}

/** Why a request to this address failed, when it is the proxy's doing; undefined when it is not, or there is none. */
export async function proxyTrouble(address: string | URL): Promise<string | undefined> {
  if (!proxyInForce(address)) return undefined;
  try {
    (await openWay(address)).destroy();
    return undefined;
  } catch (error) {
    return error instanceof WayError && error.byProxy ? error.message : undefined;
  }
}

function direct(host: string, port: number, timeoutMs: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host, port });
  const fail = (reason: string, cause?: Error): void => {
    socket.destroy();
    reject(new WayError(`${host}:${port} ${reason}`, false, { cause }));
  };
  socket.setTimeout(timeoutMs, () => fail('does not answer'));
  socket.once('error', (error: NodeJS.ErrnoException) => fail(reasonWord(error), error));
  socket.once('connect', () => resolve(socket.setTimeout(0)));
  return promise;
}

function tunnel(proxy: URL, target: string, timeoutMs: number): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const credentials = proxy.username && `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const make = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = make({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: target,
    agent: false,
    headers: {
      host: target,
      ...(credentials && { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
  });
  const fail = (reason: string, cause?: Error): void => {
    request.destroy();
    reject(new WayError(`The proxy ${proxyName(proxy)} ${reason}`, true, { cause }));
  };
  request.setTimeout(timeoutMs, () => fail('does not answer: is its address in HTTPS_PROXY right?'));
  request.once('error', (error: NodeJS.ErrnoException) =>
    fail(`${reasonWord(error)}: is its address in HTTPS_PROXY right?`, error),
  );
  // What a proxy says other than 200 comes as a plain response from some.
  const judge = (status: number | undefined, socket?: Duplex): void => {
    if (status === 200 && socket) return resolve(socket);
    socket?.destroy();
    fail(refusal(status, target));
  };
  request.once('connect', ({ statusCode }, socket) => judge(statusCode, socket.setTimeout(0)));
  request.once('response', ({ statusCode }) => judge(statusCode));
  request.end();
  return promise;
}

/** What a proxy means with its status. */
export function refusal(status: number | undefined, target: string): string {
  if (status === 407) {
    return 'wants a name and a password (407): set HTTPS_PROXY to http://NAME:PASSWORD@HOST:PORT, both percent-encoded';
  }
  if (status === 403) return `does not allow ${target} (403): ask who runs it to allow it, WebSockets included`;
  if (status !== undefined && status >= 500) return `cannot reach ${target} (${status})`;
  return `refuses the way to ${target} (${status ?? 'no status'})`;
}

function reasonWord({ code, message }: NodeJS.ErrnoException): string {
  const words: Record<string, string> = {
    ECONNREFUSED: 'refuses connections (nothing listens there, or a firewall refuses)',
    ENOTFOUND: 'has no address (its name is not known)',
    EAI_AGAIN: 'has no address now (name resolution does not work)',
    ECONNRESET: 'breaks connections off',
    ENETUNREACH: 'is not to be reached: there is no network',
    EHOSTUNREACH: 'is not to be reached from this network',
    ETIMEDOUT: 'does not answer',
  };
  return (code && words[code]) || `can't be reached (${message || code})`;
}
