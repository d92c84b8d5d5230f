import { closedPolicy, createPolicy, type ModelVerdict, type Policy, type Verdict } from '../policy.ts';
import { dayAndTime, isOpen, nextChange, parseHours, type Hours } from './hours.ts';
import type { PolicyFileError } from './policy-file-error.ts';
import type { AllowedBy, PolicyReport } from './policy-report.ts';
import { DEFAULT_SETTINGS, type PolicySettings } from './policy-settings.ts';

export interface LivePolicyOptions {
  allowedBy?: AllowedBy | undefined;
  now?: () => number;
}

/** Hours are looked at again this often: a computer that slept or a clock that was set is noticed. */
const MINUTE_MS = 60_000;

/** The policy that is in force now: everything asks it each time, and what it answers may change from one to the next. */
export class LivePolicy implements Policy, Disposable {
  readonly #now: () => number;
  readonly #allowedBy: AllowedBy | undefined;
  readonly #listeners = new Set<() => void>();
  #policy!: Policy;
  #hours: readonly Hours[] = [];
  #report!: Omit<PolicyReport, 'closed'>;
  #timer: NodeJS.Timeout | undefined;
  #closed: string | undefined;
  /** The first fault in one line. */
  #wrong = '';
  /** When the hours begin again, found out once each time. */
  #opens: number | undefined;

  constructor({ allowedBy, now = Date.now }: LivePolicyOptions = {}) {
    this.#now = now;
    this.#allowedBy = allowedBy;
    this.#take('defaults', DEFAULT_SETTINGS);
  }

  get report(): PolicyReport {
    return { ...this.#report, closed: this.#closed };
  }

  get mayManageModels(): boolean {
    return this.#policy.mayManageModels;
  }

  get narrowsModels(): boolean {
    return this.#policy.narrowsModels;
  }

  get maxConcurrent(): number | undefined {
    return this.#policy.maxConcurrent;
  }

  get maxWaiting(): number | undefined {
    return this.#policy.maxWaiting;
  }

  check(method: string, path: string): Verdict {
    // Not the timer's word: it may be late.
    if (!isOpen(this.#hours, this.#now())) return { allowed: false, reason: this.#outside() };
    return this.#policy.check(method, path);
  }

  checkModel(model: string): ModelVerdict {
    return this.#policy.checkModel(model);
  }

  /** Calls back after each change of what is in force, of its fault, and when hours begin and end. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The owner's settings, or undefined when there is no file: from now on they hold. */
  accept(settings: PolicySettings | undefined): void {
    this.#take(settings ? 'file' : 'defaults', settings ?? DEFAULT_SETTINGS);
    this.#tell();
  }

  /** The file is wrong: what held still holds; at the start, nothing is let through. */
  refuse(error: PolicyFileError, { atStart = false } = {}): void {
    if (atStart) {
      this.#policy = closedPolicy(
        'The policy of this bridge cannot be read, so nothing is let through. Its owner mends it with: cloudtolocalllm policy edit',
      );
      this.#report = { ...this.#report, from: 'closed' };
    }
    this.#report = { ...this.#report, fault: error.message };
    this.#wrong = error.summary;
    this.#closed = this.#whyClosed();
    this.#tell();
  }

  #take(from: PolicyReport['from'], settings: PolicySettings): void {
    const allowModelManagement = this.#allowedBy !== undefined;
    this.#policy = createPolicy(settings, { allowModelManagement });
    this.#hours = settings.hours === 'always' ? [] : settings.hours.flatMap((text) => parseHours(text));
    this.#report = { from, settings, allowedBy: this.#allowedBy };
    this.#opens = undefined;
    this.#closed = this.#whyClosed();
    clearTimeout(this.#timer);
    if (this.#hours.length > 0) this.#lookLater();
  }

  #whyClosed(): string | undefined {
    if (this.#report.from === 'closed') return `the policy file is wrong: ${this.#wrong}`;
    return isOpen(this.#hours, this.#now()) ? undefined : this.#outside();
  }

  #outside(): string {
    const now = this.#now();
    if (this.#opens === undefined || this.#opens <= now) this.#opens = nextChange(this.#hours, now);
    const when = this.#opens === undefined ? '' : ` until ${dayAndTime(this.#opens)}`;
    return `This bridge is closed${when}: its owner has set hours in its policy.`;
  }

  /** Hours begin and end on whole minutes, in every time zone. */
  #lookLater(): void {
    this.#timer = setTimeout(
      () => {
        const closed = this.#whyClosed();
        if (closed !== this.#closed) {
          this.#closed = closed;
          this.#tell();
        }
        this.#lookLater();
      },
      MINUTE_MS - (this.#now() % MINUTE_MS) + 5,
    ).unref();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }
}
