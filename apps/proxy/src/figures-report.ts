import type { WorkerFigures } from '@cloudtolocalllm/protocol/worker';

/** Sends figures while they change: not more often than asked for, but at once when the last answer has ended. */
export class FiguresReport {
  readonly #figures: WorkerFigures;
  readonly #send: (figures: WorkerFigures) => void;
  /** Undefined until somebody wants them. */
  #everyMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Names and numbers, as they were sent last. */
  #sent = '';

  constructor(figures: WorkerFigures, send: (figures: WorkerFigures) => void) {
    this.#figures = figures;
    this.#send = send;
  }

  /** Milliseconds between figures. */
  configure(everyMs: number): void {
    this.#everyMs = everyMs;
    this.#sent = JSON.stringify(this.#figures);
  }

  /** They may have changed; called with each read, so that it costs next to nothing. `hasEmptied`: nothing runs any more. */
  changed(hasEmptied: boolean): void {
    if (this.#everyMs === undefined) return;
    if (hasEmptied) this.#report();
    else this.#timer ??= setTimeout(this.#report, this.#everyMs);
  }

  readonly #report = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = JSON.stringify(this.#figures);
    if (now === this.#sent) return;
    this.#sent = now;
    this.#send(this.#figures);
  };
}
