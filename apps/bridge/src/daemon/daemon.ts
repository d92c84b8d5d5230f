import { afterClose, type RegisterBridgeResponse, type StatusUpdate } from '@cloudtolocalllm/protocol';
import type { Account } from '../account.ts';
import { BridgeError, type BridgeErrorCode } from '../bridge-error.ts';
import { CHAT_LIMITS } from '../chat/chat-limits.ts';
import { ChatRequests } from '../chat/chat-requests.ts';
import { RequestJournal } from '../chat/request-journal.ts';
import { EngineWatch } from '../engines/engine-watch.ts';
import { Forwarder } from '../forwarder.ts';
import type { Policy } from '../policy.ts';
import { RelayApiError } from '../relay-api.ts';
import { backOffMs, isLocal } from './back-off.ts';
import { Connection, type Ending } from './connection.ts';
import { InterruptibleWait } from './interruptible-wait.ts';
import { NetworkWatch, ownAddresses } from './network-watch.ts';
import { register } from './registration.ts';

/** One clear state, everywhere the same. */
export type BridgeState = 'offline' | 'connecting' | 'online' | 'engine-down';

export interface DaemonOptions {
  /** A fault of our own: the session begins anew. */
  fault(error: unknown): void;
  account: Account;
  /** Where the journal of queued messages is kept. */
  directory: string;
  engine: URL;
  policy: Policy;
  name: string;
  /** The state or what is said about it changed. */
  changed(state: BridgeState, detail: string): void;
}

/** A session token lives 24 h: a newer one is sent on the open socket long before. */
const RENEW_MS = 12 * 60 * 60_000;
/** A connection that has held so long has worked: the next attempt after it comes at once. */
const HELD_MS = 5_000;

/** Stays online until the signal: registers, connects, resumes, forwards, reports. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #forwarder: Forwarder;
  readonly #watch: EngineWatch;
  readonly #connection: Connection;
  readonly #backOff = new InterruptibleWait();
  /** From the start of `run`. */
  #chat: ChatRequests | undefined;
  #registration: RegisterBridgeResponse | undefined;
  #online = false;
  /** Once since the start: from then on a strange answer is a passing one, of a hotel's network or a proxy that restarts. */
  #hasBeenOnline = false;
  #failures = 0;
  /** The last attempt did not leave this computer. */
  #isLocal = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#watch = new EngineWatch(options.engine, (report) => {
      this.#connection.send({ type: 'status_update', payload: this.#told(report) });
      if (this.#online) this.#tell();
    });
    this.#forwarder = new Forwarder({
      engine: options.engine,
      policy: options.policy,
      unreachable: () => void this.#watch.look(),
      modelsChanged: () => void this.#watch.lookAgain(),
    });
    this.#connection = new Connection({
      accept: (request, exchange) => this.#forwarder.accept(request, exchange),
      envelope: (text) => this.#chat?.receive(text),
      ended: () => this.#chat?.sessionEnded(),
      online: (resumed) => {
        this.#online = true;
        this.#hasBeenOnline = true;
        this.#chat?.online(resumed);
        this.#connection.send({ type: 'status_update', payload: this.#told(this.#watch.report) });
        this.#tell();
      },
      fault: (error) => this.#options.fault(error),
    });
  }

  /** Runs until the signal. Throws BridgeError when there is no use in trying again. */
  async run(signal: AbortSignal): Promise<void> {
    const renewal = setInterval(() => void this.#renew(), RENEW_MS);
    const network = new NetworkWatch(() => this.#stirred());
    try {
      this.#chat = await this.#openChat();
      await this.#watch.look();
      while (!signal.aborted) {
        this.#options.changed('connecting', this.#options.account.credentials.relay);
        const trouble = await this.#attempt(signal);
        if (signal.aborted) break;
        this.#options.changed('offline', trouble);
        await this.#backOff.take(backOffMs(this.#failures++, { local: this.#isLocal }), signal);
      }
    } finally {
      clearInterval(renewal);
      network[Symbol.dispose]();
      this.#watch[Symbol.dispose]();
      this.#connection[Symbol.dispose]();
      this.#chat?.[Symbol.dispose]();
      this.#forwarder[Symbol.dispose]();
    }
  }

  async #openChat(): Promise<ChatRequests> {
    const { engine: url, policy, directory, fault } = this.#options;
    // Without it everything else still works: a full disk is no reason to stay offline.
    const journal = await RequestJournal.open(directory, CHAT_LIMITS).catch((error: unknown) => {
      fault(error);
      return undefined;
    });
    return new ChatRequests({
      engine: { url, policy },
      journal,
      send: (envelope) => this.#connection.send(envelope),
      fault,
      unreachable: () => void this.#watch.look(),
    });
  }

  /** The computer woke up or came to another network: what was waited for may be there, what was there may be gone. */
  #stirred(): void {
    this.#failures = 0;
    this.#connection.probe(ownAddresses());
    this.#backOff.end();
  }

  /** One registration, if needed, and one socket; says why it ended. */
  async #attempt(signal: AbortSignal): Promise<string> {
    try {
      this.#registration ??= await register(this.#options.account, this.#options.name);
    } catch (error) {
      this.#isLocal = isLocal(error);
      if (error instanceof RelayApiError && error.shouldRetry()) return error.message;
      if (error instanceof RelayApiError && error.status === 401) {
        throw new BridgeError('not_signed_in', 'You were signed out. Sign in again with: cloudtolocalllm login', {
          cause: error,
        });
      }
      if (error instanceof RelayApiError && this.#hasBeenOnline) return error.message;
      throw error;
    }
    const { endpoints, sessionToken } = this.#registration;
    const since = performance.now();
    const ending = await this.#connection.run(endpoints.websocket, sessionToken, signal);
    this.#online = false;
    this.#isLocal = isLocal(ending.error);
    // A relay that welcomes and then refuses or drops has not worked: no hot loop against it. Answers don't wait for that.
    const held = performance.now() - since >= HELD_MS || (ending.code < 4000 && this.#connection.exchangeCount > 0);
    if (ending.welcomed && held) this.#failures = 0;
    return signal.aborted ? '' : this.#judge(ending);
  }

  #judge(ending: Ending): string {
    if (ending.httpStatus !== undefined) {
      // Refused before the upgrade: the token is old, or the bridge is gone. Registering tells.
      if (ending.httpStatus < 500 && ending.httpStatus !== 429) this.#registration = undefined;
      return `the relay refused the connection (${ending.httpStatus})`;
    }
    const then = afterClose(ending.code);
    if (then === 'stop') throw stopped(ending);
    if (then === 'renew') this.#registration = undefined;
    return ending.reason || `the connection ended (${ending.code})`;
  }

  async #renew(): Promise<void> {
    try {
      this.#registration = await register(this.#options.account, this.#options.name);
      this.#connection.send({ type: 'authenticate', payload: { token: this.#registration.sessionToken } });
    } catch (error) {
      // The old token still holds for hours; if it ends first, the relay closes the socket and says so.
      this.#options.changed(
        this.#online ? 'online' : 'offline',
        `could not renew the session: ${(error as Error).message}`,
      );
    }
  }

  /** What the relay is told: how the engine is, and what its owner allows. */
  #told(report: EngineWatch['report']): StatusUpdate['payload'] {
    return { ...report, mayManageModels: this.#options.policy.mayManageModels };
  }

  #tell(): void {
    const { ollamaStatus, models, engine } = this.#watch.report;
    if (ollamaStatus === 'disconnected') {
      this.#options.changed('engine-down', `no engine answers at ${this.#options.engine.origin}`);
    } else {
      const demo = engine?.demo ? ' (demo engine)' : '';
      this.#options.changed('online', `${models.length} ${models.length === 1 ? 'model' : 'models'}${demo}`);
    }
  }
}

const STOPPED: Record<number, { code: BridgeErrorCode; message: string }> = {
  4404: {
    code: 'removed',
    message: 'This computer was removed from the relay. Add it again with: cloudtolocalllm login',
  },
  4406: { code: 'outdated', message: 'The relay speaks a newer protocol. Update this program.' },
  4409: {
    code: 'replaced',
    message: 'Another process on this computer has taken over as the same bridge: this one ends.',
  },
};

function stopped({ code, reason }: Ending): BridgeError {
  const known = STOPPED[code];
  return new BridgeError(
    known?.code ?? 'failed',
    known?.message ?? `The relay ended the connection: ${reason || code}`,
  );
}
