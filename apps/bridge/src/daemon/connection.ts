import {
  CLOSE,
  decodeWelcome,
  encodeHello,
  Heartbeat,
  Link,
  LINK_LIMITS,
  LinkBudget,
  linkSocket,
  MAX_ENVELOPE_BYTES,
  PROTOCOL_VERSION,
  ProtocolError,
  type Exchange,
  type ExchangeReceiver,
  type ExchangeRequest,
  type Pulse,
} from '@cloudtolocalllm/protocol';
import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import { WebSocket } from 'ws';
import { refusalReason, socketTrouble } from '../network/socket-trouble.ts';
import { proxyAgent } from '../network/outbound.ts';

/** A relay answers a close frame at once, or its socket is cut: nobody waits longer for a bridge to stop. */
const CLOSE_TIMEOUT_MS = 2_000;
/** What may be dead is asked, and has so long to answer. */
const PROBE_MS = 3_000;
/** What a relay may ask for: the engine goes on for nobody as long as this. */
const MAX_GRACE_MS = 10 * 60_000;

/** How a socket ended: its close code, or the HTTP status with which the relay refused it. */
export interface Ending {
  code: number;
  reason: string;
  httpStatus?: number;
  /** True once the relay had welcomed it. */
  welcomed: boolean;
  /** What the system said. */
  error?: Error;
}

export interface ConnectionOptions {
  accept: (request: ExchangeRequest, exchange: Exchange) => ExchangeReceiver;
  /** A text message of the relay. Throws ProtocolError for what it may not send. */
  envelope?(text: string): void;
  /** The session is over: what belonged to it waits for nobody. */
  ended?(): void;
  /** The relay welcomed this process: it is online. */
  online(resumed: boolean): void;
  /** A fault of our own ended the session. */
  fault(error: unknown): void;
  /** How long the relay may take for its WELCOME. */
  handshakeMs?: number;
}

/**
 * The bridge's end of the link: one socket after another, one session as long as it can be resumed. When the relay stays
 * away for longer than the grace period the session is closed, which aborts the engine's requests.
 */
export class Connection implements Disposable {
  readonly #options: ConnectionOptions;
  /** One per process: a later process of the same bridge replaces this one. */
  readonly #instance = crypto.randomUUID();
  readonly #budget = new LinkBudget();
  /** One socket needs no slices: fewer ticks, and a processor that sleeps. */
  readonly #heartbeat = new Heartbeat({ slices: 1 });
  #link: Link | undefined;
  #socket: WebSocket | undefined;
  #graceMs: number = LINK_LIMITS.graceMs;
  #graceTimer: NodeJS.Timeout | undefined;
  #probe: ((addresses: ReadonlySet<string> | undefined) => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects and stays until the socket ends; never rejects. */
  run(url: string, sessionToken: string, signal: AbortSignal): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const { handshakeMs = LINK_LIMITS.handshakeMs } = this.#options;
    const agent = proxyAgent(url);
    const options = {
      headers: { authorization: `Bearer ${sessionToken}` },
      handshakeTimeout: handshakeMs,
      closeTimeout: CLOSE_TIMEOUT_MS,
      maxPayload: MAX_ENVELOPE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
      ...(agent && { agent }),
      // Also a proxy that lets TLS pass: one that looks into it is not to be told apart.
      ...(!agent && nobodyBetween(url) && { generateMask: zeroMask }),
    };
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, options);
    } catch (error) {
      // The address is the relay's word, which may be none.
      return Promise.resolve({ code: 1006, reason: (error as Error).message, welcomed: false });
    }
    this.#socket = socket;
    const welcomeTimer = setTimeout(() => refuse('no WELCOME'), handshakeMs);
    let probeTimer: NodeJS.Timeout | undefined;
    let localAddress: string | undefined;
    let welcomed = false;
    let httpStatus: number | undefined;
    let trouble = '';
    let failure: Error | undefined;
    const pulse: Pulse = {
      heardAt: performance.now(),
      ping: () => socket.ping(),
      dead: () => socket.terminate(),
    };
    const heard = (): void => void (pulse.heardAt = performance.now());
    const refuse = (reason: string): void => {
      trouble = reason;
      linkSocket(socket).close(CLOSE.protocolError, reason); // cuts a reason that is too long for a close frame
    };
    const stop = (): void => socket.close(CLOSE.stopped, 'the bridge was stopped');
    this.#probe = (addresses) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      // From an address that is gone nothing can be sent, and nobody will say so.
      if (addresses && localAddress !== undefined && !addresses.has(localAddress)) return socket.terminate();
      const since = performance.now();
      socket.ping();
      clearTimeout(probeTimer);
      probeTimer = setTimeout(() => pulse.heardAt < since && socket.terminate(), PROBE_MS).unref();
    };
    signal.addEventListener('abort', stop, { once: true });

    socket.on('upgrade', ({ socket: { localAddress: address } }) => (localAddress = address));
    socket.on('open', () => {
      heard();
      this.#heartbeat.add(pulse);
      const session = this.#link && !this.#link.closed ? this.#link.session : undefined;
      socket.send(
        encodeHello({
          version: PROTOCOL_VERSION,
          instance: this.#instance,
          ...(session && { session }),
          received: session ? this.#link!.received : 0, // a session implies a link
        }),
      );
    });
    socket.on('message', (data: Buffer, isBinary) => {
      heard();
      if (welcomed) return this.#link?.receive(isBinary ? data : data.toString());
      if (socket.readyState !== WebSocket.OPEN) return; // refused
      try {
        if (!isBinary) throw new ProtocolError('expected WELCOME');
        this.#welcome(socket, data);
        welcomed = true;
        clearTimeout(welcomeTimer);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        // Neither side can go on with this session.
        this.#link?.close(CLOSE.protocolError, error.message);
        refuse(error.message);
      }
    });
    socket.on('ping', heard).on('pong', heard);
    socket.on('unexpected-response', (_request, response) => {
      httpStatus = response.statusCode;
      trouble = refusalReason(response);
      socket.terminate();
    });
    socket.on('error', (error) => {
      trouble ||= socketTrouble(error, url);
      failure ??= error;
    });
    socket.on('close', (code, reason) => {
      clearTimeout(welcomeTimer);
      clearTimeout(probeTimer);
      signal.removeEventListener('abort', stop);
      this.#heartbeat.remove(pulse);
      if (this.#socket === socket) this.#lost(signal);
      resolve({
        code,
        reason: reason.toString() || trouble,
        welcomed,
        ...(httpStatus && { httpStatus }),
        ...(failure && { error: failure }),
      });
    });
    if (signal.aborted) stop();
    return promise;
  }

  /** Exchanges that have not ended. */
  get exchangeCount(): number {
    return this.#link?.exchangeCount ?? 0;
  }

  /** Nobody waits for anything of this session: leaving loses nothing. */
  get isIdle(): boolean {
    return this.#link === undefined || this.#link.closed || this.#link.isIdle;
  }

  /** The computer has these addresses now (undefined: nobody knows), or slept: a socket that is dead without knowing it ends at once or in seconds. */
  probe(addresses: ReadonlySet<string> | undefined): void {
    this.#probe?.(addresses);
  }

  /** Sends an envelope; false when there is no session or too many wait. */
  send(envelope: { type: string; payload: object }): boolean {
    if (!this.#link?.attached) return false;
    const stamped = { ...envelope, id: crypto.randomUUID(), timestamp: new Date().toISOString() };
    return this.#link.sendEnvelope(JSON.stringify(stamped));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#graceTimer);
    this.#heartbeat[Symbol.dispose]();
    this.#link?.close(CLOSE.stopped, 'the bridge was stopped');
  }

  #welcome(socket: WebSocket, message: Buffer): void {
    const welcome = decodeWelcome(message);
    if (welcome.version !== PROTOCOL_VERSION) throw new ProtocolError(`the relay speaks version ${welcome.version}`);
    clearTimeout(this.#graceTimer);
    this.#graceTimer = undefined;
    this.#graceMs = Math.min(welcome.graceMs, MAX_GRACE_MS);
    const resumed = welcome.resumed && this.#link?.session === welcome.session && !this.#link.closed;
    if (!resumed) {
      this.#link?.close(CLOSE.superseded, 'the relay has begun a new session');
      this.#link = new Link({
        session: welcome.session,
        budget: this.#budget,
        accept: this.#options.accept,
        envelope: (text) => this.#options.envelope?.(text),
        closed: (_code, _reason, error) => {
          this.#options.ended?.();
          if (error !== undefined) this.#options.fault(error);
        },
      });
    }
    this.#link!.attach(linkSocket(socket), welcome.received); // set above, or resumed
    this.#options.online(resumed);
  }

  #lost(signal: AbortSignal): void {
    this.#socket = undefined;
    this.#probe = undefined;
    this.#link?.detach();
    if (!this.#link || this.#link.closed) return;
    if (signal.aborted) this.#link.close(CLOSE.stopped, 'the bridge was stopped');
    // After the grace period the relay has given the session up: nobody waits for what the engine is making.
    else this.#graceTimer ??= setTimeout(() => this.#giveUp(), this.#graceMs).unref();
  }

  #giveUp(): void {
    this.#graceTimer = undefined;
    this.#link?.close(CLOSE.stopped, 'the relay did not come back in time');
  }
}

/**
 * RFC 6455 masks what a client sends so that a proxy on the way can't be fed bytes that it takes for a request (section
 * 10.3). Within TLS and on this very computer there is no proxy to be fed, and masking costs a copy of every body.
 */
function nobodyBetween(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === 'wss:' || isLoopbackHost(hostname ?? '');
}

/** `ws` takes a mask of zeros for what it is and sends the bytes as they are. */
function zeroMask(mask: Buffer): void {
  mask.fill(0);
}
