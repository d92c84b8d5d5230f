import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import webPush, { type VapidKeys } from 'web-push';
import type { PushNotice } from '@cloudtolocalllm/protocol';
import type { PushSubscriptionRow } from '../storage/tables.ts';
import { parseEndpoint } from './push-endpoint.ts';
import { type PushNetwork, publicAddresses } from './push-network.ts';

/** A push service that is asked takes a second; what is told later than this is no news. */
export const PUSH_TIMEOUT_MS = 10_000;
/** How long a push service keeps a notice for a browser that is not there. */
const TTL_SECONDS = 24 * 60 * 60;
/** Of a token for one request to one push service. */
const TOKEN_SECONDS = 60 * 60;
/** Of the answer only its status is of use. */
const MAX_HEADER_BYTES = 16 * 1024;

/** `gone`: the browser wants no more. */
export type PushOutcome = 'sent' | 'gone' | 'failed';

export interface PushMessage {
  notice: PushNotice;
  /** Of several that wait for a browser with the same topic, it gets the last one: at most 32 characters, base64url. */
  topic: string;
}

export interface SendPushOptions {
  keys: VapidKeys;
  /** How a push service reaches whoever runs the relay: mailto: or https:. */
  subject: string;
  network: PushNetwork;
  /** The relay has no more use for it. */
  signal: AbortSignal;
  timeoutMs?: number | undefined;
}

/**
 * Sends a notice, encrypted for the browser (RFC 8291), to its push service (RFC 8030). The endpoint is checked again, and
 * what was checked is connected to; no redirect is followed, and the answer is not read. Never rejects: whoever chose the
 * endpoint learns nothing of what is there.
 */
export async function sendPush(
  subscription: Pick<PushSubscriptionRow, 'endpoint' | 'p256dh' | 'auth'>,
  { notice, topic }: PushMessage,
  options: SendPushOptions,
): Promise<PushOutcome> {
  const { keys, subject, network, timeoutMs = PUSH_TIMEOUT_MS } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const url = parseEndpoint(subscription.endpoint);
    const addresses = await unlessAborted(publicAddresses(network, url.hostname), signal);
    const body = encrypt(subscription, notice);
    const expires = Math.floor(Date.now() / 1000) + TOKEN_SECONDS;
    const { Authorization: authorization } = webPush.getVapidHeaders(
      url.origin,
      subject,
      keys.publicKey,
      keys.privateKey,
      'aes128gcm',
      expires,
    );
    const headers = {
      authorization,
      'content-type': 'application/octet-stream',
      'content-encoding': 'aes128gcm',
      'content-length': String(body.length),
      ttl: String(TTL_SECONDS),
      urgency: 'normal',
      topic,
    };
    return outcomeOf(await post({ url, headers, body, signal, socket: network.connect(url.hostname, addresses) }));
  } catch {
    return 'failed';
  }
}

function encrypt({ p256dh, auth }: Pick<PushSubscriptionRow, 'p256dh' | 'auth'>, notice: PushNotice): Buffer {
  return webPush.encrypt(p256dh, auth, JSON.stringify(notice), 'aes128gcm').cipherText;
}

interface Post {
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
  signal: AbortSignal;
  socket: TLSSocket;
}

/** The status of the answer. */
async function post({ url, headers, body, signal, socket }: Post): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const end = (): void => void socket.destroy();
  signal.addEventListener('abort', end, { once: true });
  socket.on('error', reject).on('close', () => reject(new Error('The push service did not answer')));
  if (signal.aborted) end();
  const outgoing = request({
    method: 'POST',
    host: url.hostname,
    defaultPort: 443,
    path: `${url.pathname}${url.search}`,
    headers,
    maxHeaderSize: MAX_HEADER_BYTES,
    createConnection: () => socket,
  });
  outgoing.on('response', (response) => {
    resolve(response.statusCode ?? 0);
    response.on('error', () => {});
    end();
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

function outcomeOf(status: number): PushOutcome {
  if (status >= 200 && status < 300) return 'sent';
  // RFC 8030, 7.3
  return status === 404 || status === 410 ? 'gone' : 'failed';
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
