import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { LinkBudget, type Exchange, type ExchangeReceiver, type ExchangeRequest } from '@cloudtolocalllm/protocol';
import type { WorkerFigures } from '@cloudtolocalllm/protocol/worker';
import type { Upstream } from './coupled-exchange.ts';
import { WORKER_SOURCE } from './drivers/worker-program.ts';
import { WorkerLink, type WorkerLinkOptions } from './worker-link.ts';

/** What came of an exchange at the client's end. */
export class Answer implements ExchangeReceiver {
  status: number | undefined;
  text = '';
  bytes = 0;
  /** `end`, or the code and reason that it was reset with. */
  readonly ended: Promise<string>;
  exchange: Exchange | undefined;
  /** Gives no credit while it is set: a reader who does not read. */
  stalled = false;
  #owed = 0;
  readonly #ended = Promise.withResolvers<string>();
  readonly #keeps: boolean;

  constructor({ keeps = true } = {}) {
    this.#keeps = keeps;
    this.ended = this.#ended.promise;
  }

  head(status: number): void {
    this.status = status;
  }

  data(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.#keeps) this.text += chunk.toString();
    if (this.stalled) this.#owed += chunk.length;
    else this.exchange?.consumed(chunk.length);
  }

  read(): void {
    this.stalled = false;
    this.exchange?.consumed(this.#owed);
  }

  end(): void {
    this.#ended.resolve('end');
  }

  reset(code: string, reason: string): void {
    this.#ended.resolve(`${code}: ${reason}`);
  }
}

/** One exchange at the bridge's end: what was asked, and the means to answer. */
export interface Asked {
  request: ExchangeRequest;
  answer: ExchangeReceiver;
  /** The request's body so far. */
  body: string;
  hasEnded: boolean;
  reset: string | undefined;
  consumed: number;
}

/** Stands in for a bridge's link: notes what is opened, and what the test says then goes back. */
export class FakeBridge implements Upstream {
  readonly asked: Asked[] = [];
  /** What `write` says. */
  hasRoom = true;
  onOpen: (asked: Asked) => void = () => undefined;
  onChange: () => void = () => undefined;

  open(request: ExchangeRequest, answer: ExchangeReceiver): Exchange {
    const asked: Asked = { request, answer, body: '', hasEnded: false, reset: undefined, consumed: 0 };
    this.asked.push(asked);
    setImmediate(() => this.onOpen(asked));
    const changed = (): void => this.onChange();
    return {
      id: this.asked.length,
      head: () => undefined,
      write: (chunk) => {
        asked.body += Buffer.from(chunk).toString();
        changed();
        return this.hasRoom;
      },
      end: () => {
        asked.hasEnded = true;
        changed();
      },
      reset: (code, reason) => {
        asked.reset = `${code}: ${reason}`;
        changed();
      },
      consumed: (bytes) => {
        asked.consumed += bytes;
        changed();
      },
    };
  }

  /** Resolves when the condition holds; it is asked whenever something arrives here. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (condition()) resolve();
      };
      this.onChange = check;
      check();
    });
  }
}

export interface LinkedWorker {
  link: WorkerLink;
  bridge: FakeBridge;
  child: ChildProcess;
  figures: WorkerFigures[];
  /** Resolves with what `closed` was told. */
  closed: Promise<Error | undefined>;
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
  ask(path?: string, answer?: Answer): Answer;
}

/** A proxy's process as it is started in a checkout, and the relay's link to it. */
export async function startWorkerLink(
  t: TestContext,
  options: Partial<Pick<WorkerLinkOptions, 'limits' | 'upstream'>> = {},
): Promise<LinkedWorker> {
  const child = spawn(process.execPath, [WORKER_SOURCE], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
    env: {},
  });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  // as: 'pipe' makes sockets of them
  const [clientSide, bridgeSide] = [child.stdio[3] as Duplex, child.stdio[4] as Duplex];
  const bridge = new FakeBridge();
  const figures: WorkerFigures[] = [];
  const closed = Promise.withResolvers<Error | undefined>();
  const link = await WorkerLink.start({
    worker: { clientSide, bridgeSide },
    limits: {},
    figuresEveryMs: 5,
    budget: new LinkBudget(),
    upstream: () => Promise.resolve(bridge),
    figures: (report) => figures.push(report),
    closed: closed.resolve,
    ...options,
  });
  t.after(() => link.close('the test is over'));
  const ask = (path = '/api/chat', answer = new Answer()): Answer => {
    answer.exchange = link.open({ method: 'POST', path, headers: ['content-type', 'application/json'] }, answer);
    return answer;
  };
  return { link, bridge, child, figures, closed: closed.promise, exited, ask };
}
