import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressKey } from '../accounts/address-key.ts';
import type { Config } from '../config.ts';
import { RelayError } from '../errors.ts';
import { clientAddress, type TrustProxy, trustedProxies } from './client-address.ts';
import { type Charge, createHourlyLimit, type HourlyLimit, type Left } from './hourly-limit.ts';
import { StreamSlots } from './stream-slots.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** It counts against a limit already, and its answer carries that limit's headers. */
    isCharged: boolean;
  }
}

type Limited = 'user' | 'bridge' | 'address';

/** What is used up, in words. */
const SUBJECT: Record<Limited, string> = {
  user: 'Too many requests: you may send',
  bridge: 'Too many requests to this computer: its bridge takes',
  address: 'Too many requests without a valid sign-in from your address: this relay takes',
};

/** What requests count against: their user, their bridge or their address, each by the hour, and open streams. */
export class RequestLimits {
  readonly streams: StreamSlots;
  /** Of people's devices; bridges have theirs besides. */
  readonly sockets: StreamSlots;
  readonly trustedProxies: TrustProxy | undefined;
  readonly #limits: Record<Limited, HourlyLimit>;

  constructor({ limits, trustProxy }: Pick<Config, 'limits' | 'trustProxy'>) {
    this.streams = new StreamSlots(limits.streamsPerUser);
    this.sockets = new StreamSlots(limits.socketsPerUser, 'WebSockets');
    this.trustedProxies = trustedProxies(trustProxy);
    this.#limits = {
      user: createHourlyLimit(limits.store, limits.userPerHour),
      bridge: createHourlyLimit(limits.store, limits.bridgePerHour),
      address: createHourlyLimit(limits.store, limits.addressPerHour),
    };
  }

  /** Counts a request against its caller; a key's against its owner. @throws RelayError rate_limited */
  chargeUser(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return this.#charge('user', request.user.id, request, reply);
  }

  /** Counts a request against the bridge that answers it. @throws RelayError rate_limited */
  chargeBridge(request: FastifyRequest, reply: FastifyReply, bridgeId: string): Promise<void> {
    return this.#charge('bridge', bridgeId, request, reply);
  }

  /** Counts a request against where it comes from. @throws RelayError rate_limited */
  chargeAddress(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return this.#charge('address', this.#addressOf(request.raw), request, reply);
  }

  /** What is left to a user, and to a bridge; looking takes nothing. */
  ofUser(userId: string): Promise<Left> {
    return this.#limits.user.look(userId);
  }

  ofBridge(bridgeId: string): Promise<Left> {
    return this.#limits.bridge.look(bridgeId);
  }

  /** The WebSocket of a person's device: returns the headers of its answer. @throws RelayError rate_limited, which has them too. */
  async chargeUserSocket(userId: string): Promise<Record<string, string>> {
    return accepted('user', await this.#limits.user.charge(userId));
  }

  /** The WebSocket of a bridge: returns the headers of its answer. @throws RelayError rate_limited, which has them too. */
  async chargeBridgeSocket(bridgeId: string): Promise<Record<string, string>> {
    return accepted('bridge', await this.#limits.bridge.charge(bridgeId));
  }

  /** A WebSocket that is refused: returns the headers of its answer. @throws RelayError rate_limited, which has them too. */
  async chargeRefusedSocket(request: IncomingMessage): Promise<Record<string, string>> {
    return accepted('address', await this.#limits.address.charge(this.#addressOf(request)));
  }

  /** One of the caller's streams until the answer is closed. @throws RelayError rate_limited */
  holdStream(userId: string, { raw }: FastifyReply): void {
    // It went away while its token was being checked: its close was announced already.
    if (raw.destroyed) return;
    const slot = this.streams.take(userId);
    raw.once('close', () => slot[Symbol.dispose]());
  }

  async #charge(limited: Limited, key: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    request.isCharged = true;
    const charge = await this.#limits[limited].charge(key);
    const headers = accepted(limited, charge);
    // On the raw response: answers that are written past fastify carry them as well.
    if (!reply.raw.headersSent) for (const name in headers) reply.raw.setHeader(name, headers[name] ?? '');
  }

  #addressOf(request: IncomingMessage): string {
    return addressKey(clientAddress(request, this.trustedProxies));
  }
}

/** The charge's headers. @throws RelayError rate_limited when it was one too many. */
function accepted(limited: Limited, { limit, remaining, reset, retryAfter }: Charge): Record<string, string> {
  const headers = {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  };
  if (retryAfter === undefined) return headers;
  const message = `${SUBJECT[limited]} ${limit} an hour. It goes on ${inWords(retryAfter)}, at ${clock(reset)} UTC.`;
  throw new RelayError('rate_limited', message, { retryAfter, headers });
}

function inWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes === 0) return seconds === 1 ? 'in one second' : `in ${seconds} seconds`;
  return minutes === 1 ? 'in one minute' : `in ${minutes} minutes`;
}

/** Hours, minutes and seconds of a time in seconds since 1970. */
function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}
