import {
  type Exchange,
  type ExchangeReceiver,
  type RegisterBridgeResponse,
  type StatusUpdate,
} from '@cloudtolocalllm/protocol';
import type { Account } from '../account.ts';
import { CHAT_LIMITS } from '../chat/chat-limits.ts';
import { ChatRequests } from '../chat/chat-requests.ts';
import { RequestJournal } from '../chat/request-journal.ts';
import type { EngineChoice } from '../engines/engine-settings.ts';
import { type EngineRow, engineRows } from '../engines/engine-rows.ts';
import { Engines } from '../engines/engines.ts';
import type { Forward } from '../engines/forwarded-exchange.ts';
import { onlineWords } from '../engines/online-words.ts';
import { Forwarder } from '../forwarder.ts';
import { mayTell, type Policy } from '../policy.ts';
import type { Activity } from './activity.ts';
import { backOffMs, isLocal } from './back-off.ts';
import { Connection } from './connection.ts';
import { InterruptibleWait } from './interruptible-wait.ts';
import { judgeEnding, judgeRegistration } from './judge-attempt.ts';
import { NetworkWatch, ownAddresses } from './network-watch.ts';
import { Pausing } from './pausing.ts';
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
  /** Keeps account of each request. */
  activity: Activity;
  name: string;
  /** The state or what is said about it changed. */
  changed(state: BridgeState, detail: string): void;
  /** More or fewer requests run or wait. */
  countsChanged?: () => void;
  /** By what engines are looked at again, in milliseconds; for tests. */
  now?(): number;
}

/** A session token lives 24 h: a newer one is sent on the open socket long before. */
const RENEW_MS = 12 * 60 * 60_000;
/** A connection that has held so long has worked: the next attempt after it comes at once. */
const HELD_MS = 5_000;

/** Stays online until the signal: registers, connects, resumes, forwards, reports. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #forwarder: Forwarder;
  /** The way of every request, wherever it comes from. */
  readonly #forward: Forward;
  readonly #engines: Engines;
  readonly #connection: Connection;
  readonly #pausing: Pausing;
  readonly #backOff = new InterruptibleWait();
  /** From the start of `run`. */
  #chat: ChatRequests | undefined;
  #registration: RegisterBridgeResponse | undefined;
  #online = false;
  /** Once since the start. */
  #hasBeenOnline = false;
  #failures = 0;
  /** What was told last. */
  #said: readonly [state: BridgeState, detail: string] | undefined;
  /** The last attempt did not leave this computer. */
  #isLocal = false;

  constructor(options: DaemonOptions) {
    const changed: DaemonOptions['changed'] = (...said) => options.changed(...(this.#said = said));
    this.#options = { ...options, changed };
    const { policy, activity, countsChanged, fault, now } = options;
    const lookedAt = (): void => {
      this.#forwarder.turns.advance();
      this.#connection.send({ type: 'status_update', payload: this.#report() });
      if (this.#online) this.#tell();
    };
    this.#engines = new Engines(options.engines, lookedAt, {}, now);
    this.#forwarder = new Forwarder({
      engines: this.#engines,
      policy,
      ...(countsChanged && { countsChanged }),
      unreachable: () => void this.#engines.look(),
      modelsChanged: () => void this.#engines.lookAgain(),
      fault,
    });
    this.#forward = activity.observed((request, exchange) => this.#forwarder.accept(request, exchange));
    this.#pausing = new Pausing({
      isBusy: () => !this.#connection.isIdle || this.#chat?.isBusy === true,
      changed: () => this.#pausesChanged(),
    });
    this.#connection = new Connection({
      accept: (request, exchange) => this.#refusal(exchange) ?? this.#forward(request, exchange),
      envelope: (text) => this.#chat?.receive(text),
      ended: () => this.#chat?.sessionEnded(),
      online: (resumed) => {
        this.#online = true;
        this.#hasBeenOnline = true;
        this.#chat?.online(resumed);
        this.#connection.send({ type: 'status_update', payload: this.#report() });
        this.#tell();
      },
      fault: (error) => this.#options.fault(error),
    });
  }

  get isPaused(): boolean {
    return this.#pausing.detail !== undefined;
  }

  /**
   * Nothing new is begun from now on; what runs is finished, then the bridge stays away from the relay, which queues or
   * asks another computer. `key` is who wants it, `detail` what a person is told: "paused by you since 14:02".
   */
  pause(key: string, detail: string): void {
    this.#pausing.pause(key, detail);
  }

  /** Takes a reason back; without any the bridge is online again at once. */
  resume(key: string): void {
    this.#pausing.resume(key);
  }

  /** Runs until the signal. Throws BridgeError when there is no use in trying again. */
  async run(signal: AbortSignal): Promise<void> {
    const renewal = setInterval(() => void this.#renew(), RENEW_MS);
    const stop = (): void => this.#pausing.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const network = new NetworkWatch(() => this.#stirred());
    try {
      this.#chat = await this.#openChat();
      await this.#engines.look();
      while (!signal.aborted) {
        const { leaving } = this.#pausing;
        if (leaving.aborted) {
          await this.#stayAway();
          continue;
        }
        this.#options.changed('connecting', this.#options.account.credentials.relay);
        const trouble = await this.#attempt(leaving);
        if (leaving.aborted) continue;
        this.#options.changed('offline', trouble);
        await this.#backOff.take(backOffMs(this.#failures++, { local: this.#isLocal }), leaving);
      }
    } finally {
      clearInterval(renewal);
      network[Symbol.dispose]();
      signal.removeEventListener('abort', stop);
      this.#pausing[Symbol.dispose]();
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
      forward: this.#forward,
      journal,
      send: (envelope) => this.#connection.send(envelope),
      fault,
      paused: () => this.#pausing.detail,
    });
  }

  /** Until no reason to pause is left. The token may end meanwhile: coming back is a new registration. */
  async #stayAway(): Promise<void> {
    this.#registration = undefined;
    this.#failures = 0;
    this.#options.changed('offline', this.#pausing.detail ?? '');
    await this.#pausing.ended();
  }

  #pausesChanged(): void {
    const { detail, leaving } = this.#pausing;
    if (leaving.aborted) {
      if (detail !== undefined) this.#options.changed('offline', detail);
      return;
    }
    if (detail === undefined) this.#chat?.resumed();
    if (!this.#online) return;
    // A relay that is told of no engine sends nothing of its queue.
    this.#connection.send({ type: 'status_update', payload: this.#report() });
    this.#tell();
  }

  /** While the bridge pauses: the relay may ask another computer. */
  #refusal(exchange: Exchange): ExchangeReceiver | undefined {
    const { detail } = this.#pausing;
    if (detail === undefined) return undefined;
    exchange.reset('shutting_down', detail);
    return { data() {}, end() {}, reset() {} };
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
      return judgeRegistration(error, this.#hasBeenOnline);
    }
    if (signal.aborted) return '';
    const { endpoints, sessionToken } = this.#registration;
    const since = performance.now();
    const ending = await this.#connection.run(endpoints.websocket, sessionToken, signal);
    this.#online = false;
    this.#isLocal = isLocal(ending.error);
    // A relay that welcomes and then refuses or drops has not worked: no hot loop against it. Answers don't wait for that.
    const held = performance.now() - since >= HELD_MS || (ending.code < 4000 && this.#connection.exchangeCount > 0);
    if (ending.welcomed && held) this.#failures = 0;
    if (signal.aborted) return '';
    const { trouble, mustRegister } = judgeEnding(ending);
    if (mustRegister) this.#registration = undefined;
    return trouble;
  }

  async #renew(): Promise<void> {
    if (this.#pausing.leaving.aborted) return;
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

  /** The policy says something else now: more may run, other models are told of; what runs is finished. */
  policyChanged(): void {
    this.#forwarder.turns.advance();
    this.#connection.send({ type: 'status_update', payload: this.#report() });
    if (this.#online) this.#tell();
    else if (this.#said) this.#options.changed(...this.#said);
  }

  /** What the relay is told: how the engines are, and what their owner allows. */
  #report(): StatusUpdate['payload'] {
    const { policy } = this.#options;
    return {
      ...this.#engines.report(this.#mayTell),
      ...(this.isPaused && { ollamaStatus: 'disconnected' as const }),
      mayManageModels: policy.mayManageModels,
    };
  }

  readonly #mayTell = (model: string): boolean => mayTell(this.#options.policy, model);

  #tell(): void {
    const { detail } = this.#pausing;
    if (detail !== undefined) return this.#options.changed('online', `finishing what runs, then away: ${detail}`);
    if (this.#engines.working.length > 0)
      return this.#options.changed('online', onlineWords(this.#engines, this.#mayTell));
    this.#options.changed('engine-down', this.#engines.troubles().join('; '));
  }
}
