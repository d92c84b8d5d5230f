import type { Writable } from 'node:stream';
import { LENGTH_BYTES, writeStreamMessage } from '@cloudtolocalllm/protocol/worker';

/** Writes messages to one side. Messages that came one behind another go on in one piece, where they lie. */
export class Outlet {
  readonly #target: Writable;
  /** Whole messages with their lengths, passed and not yet written. */
  #run: Buffer | undefined;
  #from = 0;
  #to = 0;

  constructor(target: Writable) {
    this.#target = target;
  }

  /** More than its buffer should hold waits: stop reading until it drains. */
  get isFull(): boolean {
    return this.#target.writableNeedDrain;
  }

  /** Everything written is the system's: what it was written from may be changed. */
  get isIdle(): boolean {
    return this.#run === undefined && this.#target.writableLength === 0;
  }

  /** Passes on a message that lies in `bytes` with its length before it. Written at `flush`: until then it may not change. */
  pass(bytes: Buffer, start: number, end: number): void {
    if (this.#run !== bytes || this.#to !== start - LENGTH_BYTES) {
      this.flush();
      this.#run = bytes;
      this.#from = start - LENGTH_BYTES;
    }
    this.#to = end;
  }

  /** Sends messages with their lengths, behind what was passed before. */
  sendFramed(bytes: Buffer): void {
    this.flush();
    this.#target.write(bytes);
  }

  /** Sends a message of our own, behind what was passed before. */
  send(message: Buffer): void {
    this.flush();
    writeStreamMessage(this.#target, message);
  }

  flush(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    this.#target.write(run.subarray(this.#from, this.#to));
  }
}
