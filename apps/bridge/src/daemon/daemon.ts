import { afterClose, type RegisterBridgeResponse, type StatusUpdate } from '@cloudtolocalllm/protocol';
import type { Account } from '../account.ts';
import { BridgeError, type BridgeErrorCode } from '../bridge-error.ts';
import { CHAT_LIMITS } from '../chat/chat-limits.ts';
import { ChatRequests } from '../chat/chat-requests.ts';
import { RequestJournal } from '../chat/request-journal.ts';
import type { EngineChoice } from '../engines/engine-settings.ts';
import type { ExchangeObserver } from '../engines/engine-exchange.ts';
import { type EngineRow, engineRows } from '../engines/engine-rows.ts';
import { Engines } from '../engines/engines.ts';
import { onlineWords } from '../engines/online-words.ts';
import { Forwarder } from '../forwarder.ts';
import type { Policy } from '../policy.ts';
import { RelayApiError } from '../relay-api.ts';
import { backOffMs } from './back-off.ts';
import { Connection, type Ending } from './connection.ts';
import { register } from './registration.ts';

/** One clear state, everywhere the same. */
export type BridgeState = 'offline' | 'connecting' | 'online' | 'engine-down';

export interface DaemonOptions {
  /** A fault of our own: the session begins anew. */
  fault(error: unknown): void;
  account: Account;
  /** Where the journal of queued messages is kept. */
  directory: string;
  /** Which engines there shall be, until `use` says otherwise. */
  engines: EngineChoice;
  policy: Policy;
  name: string;
  /** The state or what is said about it changed. */
  changed(state: BridgeState, detail: string): void;
  /** Told of every exchange with an engine. */
  exchangeChanged?: ExchangeObserver;
}

/** A session token lives 24 h: a newer one is sent on the open socket long before. */
const RENEW_MS = 12 * 60 * 60_000;

/** Stays online until the signal: registers, connects, resumes, forwards, reports. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #forwarder: Forwarder;
  readonly #engines: Engines;
  readonly #connection: Connection;
  /** From the start of `run`. */
  #chat: ChatRequests | undefined;
  #registration: RegisterBridgeResponse | undefined;
  #online = false;
  #failures = 0;

  constructor(options: DaemonOptions) {
    this.#options = options;
    const { policy, exchangeChanged, fault } = options;
    this.#engines = new Engines(options.engines, () => {
      this.#forwarder.turns.advance();
      this.#connection.send({ type: 'status_update', payload: this.#report() });
      if (this.#online) this.#tell();
    });
    this.#forwarder = new Forwarder({
      engines: this.#engines,
      policy,
      ...(exchangeChanged && { exchangeChanged }),
      unreachable: () => void this.#engines.look(),
      modelsChanged: () => void this.#engines.lookAgain(),
      fault,
    });
    this.#connection = new Connection({
      accept: (request, exchange) => this.#forwarder.accept(request, exchange),
      envelope: (text) => this.#chat?.receive(text),
      ended: () => this.#chat?.sessionEnded(),
      online: (resumed) => {
        this.#online = true;
        this.#chat?.online(resumed);
        this.#connection.send({ type: 'status_update', payload: this.#report() });
        this.#tell();
      },
      fault: (error) => this.#options.fault(error),
    });
  }

  /** Runs until the signal. Throws BridgeError when there is no use in trying again. */
  async run(signal: AbortSignal): Promise<void> {
    const renewal = setInterval(() => void this.#renew(), RENEW_MS);
    try {
      this.#chat = await this.#openChat();
      await this.#engines.look();
      while (!signal.aborted) {
        this.#options.changed('connecting', this.#options.account.credentials.relay);
        const trouble = await this.#attempt(signal);
        if (signal.aborted) break;
        this.#options.changed('offline', trouble);
        await sleep(backOffMs(this.#failures++), signal);
      }
    } finally {
      clearInterval(renewal);
      this.#connection[Symbol.dispose]();
      this.#chat?.[Symbol.dispose]();
      this.#forwarder[Symbol.dispose]();
      this.#engines[Symbol.dispose]();
    }
  }

  async #openChat(): Promise<ChatRequests> {
    const { directory, fault } = this.#options;
    // Without it everything else still works: a full disk is no reason to stay offline.
    const journal = await RequestJournal.open(directory, CHAT_LIMITS).catch((error: unknown) => {
      fault(error);
      return undefined;
    });
    return new ChatRequests({
      forwarder: this.#forwarder,
      journal,
      send: (envelope) => this.#connection.send(envelope),
      fault,
    });
  }

  /** One registration, if needed, and one socket; says why it ended. */
  async #attempt(signal: AbortSignal): Promise<string> {
    try {
      this.#registration ??= await register(this.#options.account, this.#options.name);
    } catch (error) {
      if (error instanceof RelayApiError && error.shouldRetry()) return error.message;
      if (error instanceof RelayApiError && error.status === 401) {
        throw new BridgeError('not_signed_in', 'You were signed out. Sign in again with: cloudtolocalllm login', {
          cause: error,
        });
      }
      throw error;
    }
    const { endpoints, sessionToken } = this.#registration;
    const ending = await this.#connection.run(endpoints.websocket, sessionToken, signal);
    this.#online = false;
    // A relay that welcomes and then refuses has not worked: no hot loop against it.
    if (ending.welcomed && ending.code < 4000) this.#failures = 0;
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

  /** How the engines are now. */
  get engines(): EngineRow[] {
    return engineRows(this.#engines, this.#forwarder.turns);
  }

  /** Other engines are chosen, or others are to be kept. */
  async use(choice: EngineChoice): Promise<void> {
    await this.#engines.use(choice);
  }

  /** The policy says something else now: more may run, other models may be told of. */
  policyChanged(): void {
    this.#forwarder.turns.advance();
    this.#connection.send({ type: 'status_update', payload: this.#report() });
  }

  /** What the relay is told: how the engines are, and what their owner allows. */
  #report(): StatusUpdate['payload'] {
    const { policy } = this.#options;
    const mayTell = (model: string): boolean => !policy.narrowsModels || policy.checkModel(model).allowed;
    return { ...this.#engines.report(mayTell), mayManageModels: policy.mayManageModels };
  }

  #tell(): void {
    if (this.#engines.working.length > 0) return this.#options.changed('online', onlineWords(this.#engines));
    this.#options.changed('engine-down', this.#engines.troubles().join('; '));
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

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
