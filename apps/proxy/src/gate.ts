import {
  LINK_LIMITS,
  ProtocolError,
  RESET_CODES,
  type ExchangeRequest,
  type HeaderList,
  type WorkerFigures,
  type WorkerLimits,
} from '@cloudtolocalllm/protocol/worker';
import { matchesAny, plainPath } from './plain-path.ts';
import { TokenCount } from './token-count.ts';

/** Answered with lines of progress: nothing is generated. */
const PROGRESS = new Set(['/api/pull', '/api/push', '/api/create']);

/** Why an exchange does not pass, for its RESET: a code of the link and a sentence for the person. */
export interface Refusal {
  code: number;
  reason: string;
}

/** An exchange that was let through. */
export interface Passing {
  readonly id: number;
  readonly openedAt: number;
  readonly mayGenerate: boolean;
  count: TokenCount | undefined;
  isClientDone: boolean;
  isBridgeDone: boolean;
  hasHead: boolean;
  isError: boolean;
}

/** Holds a proxy's limits, knows what passes, and measures it. */
export class Gate {
  readonly figures: WorkerFigures = {
    requests: 0,
    errors: 0,
    running: 0,
    bytesIn: 0,
    bytesOut: 0,
    answered: 0,
    waitedMs: 0,
    tokens: 0,
  };
  readonly #passing = new Map<number, Passing>();
  #limits: WorkerLimits | undefined;
  #maxTokens = Infinity;
  #admitted = 0;
  #lastId = 0;
  #hasEmptied = false;

  configure(limits: WorkerLimits): void {
    this.#limits = limits;
    this.#maxTokens = limits.maxTokens ?? Infinity;
  }

  /** Undefined: it passes. Throws ProtocolError before there are limits, and when the id was there before. */
  open(id: number, request: ExchangeRequest): Refusal | undefined {
    if (this.#limits === undefined) throw new ProtocolError('exchange before the limits');
    if (id <= this.#lastId) throw new ProtocolError(`exchange id ${id} used twice`);
    this.#lastId = id;
    this.figures.requests++;
    const path = plainPath(request.path);
    const refusal = this.#refusal(this.#limits, path);
    if (refusal) {
      this.figures.errors++;
      return refusal;
    }
    this.#admitted++;
    this.figures.running++;
    this.#passing.set(id, {
      id,
      openedAt: performance.now(),
      mayGenerate: path === undefined || !PROGRESS.has(path),
      count: undefined,
      isClientDone: false,
      isBridgeDone: false,
      hasHead: false,
      isError: false,
    });
    return undefined;
  }

  /** Undefined for one that is over: its frames are late. Throws ProtocolError for one that never was. */
  find(id: number): Passing | undefined {
    const passing = this.#passing.get(id);
    if (passing === undefined && id > this.#lastId) throw new ProtocolError(`exchange ${id} was never opened`);
    return passing;
  }

  head(passing: Passing, status: number, headers: HeaderList): void {
    if (passing.hasHead) throw new ProtocolError(`second HEAD on exchange ${passing.id}`);
    passing.hasHead = true;
    this.figures.answered++;
    this.figures.waitedMs += performance.now() - passing.openedAt;
    if (status >= 400) this.#failed(passing);
    else if (passing.mayGenerate) passing.count = TokenCount.of(headers);
  }

  /** Whether the last one that ran has ended since this was asked before. */
  takeEmptied(): boolean {
    const hasEmptied = this.#hasEmptied;
    this.#hasEmptied = false;
    return hasEmptied;
  }

  /** DATA of an answer. False: it generates more than the proxy may, and must be cut off. */
  answerData(passing: Passing, bytes: Buffer, start: number, end: number): boolean {
    this.figures.bytesOut += end - start;
    const { count } = passing;
    if (count === undefined) return true;
    const before = count.tokens;
    count.add(bytes, start, end);
    this.figures.tokens += count.tokens - before;
    if (this.figures.tokens <= this.#maxTokens) return true;
    // By pieces, which are a few more than the tokens; these bytes may have the number.
    const byPieces = count.tokens;
    count.correctBy(bytes, start, end);
    this.figures.tokens += count.tokens - byPieces;
    return this.figures.tokens <= this.#maxTokens;
  }

  /** The refusal of what generates more than the proxy may. */
  get tokensUsedUp(): Refusal {
    return {
      code: RESET_CODES.proxy_limit,
      reason: `This proxy has generated its ${amount(this.#maxTokens, 'token')}.`,
    };
  }

  clientDone(passing: Passing): void {
    passing.isClientDone = true;
    if (passing.isBridgeDone) this.#over(passing);
  }

  /** The answer is whole. */
  bridgeDone(passing: Passing): void {
    passing.isBridgeDone = true;
    const { count } = passing;
    if (count) {
      const before = count.tokens;
      count.finish();
      this.figures.tokens += count.tokens - before;
    }
    if (passing.isClientDone) this.#over(passing);
  }

  /** Broken off. A client's own cancel is no error; everything else is, once for each exchange. */
  broken(passing: Passing, isError: boolean): void {
    if (isError) this.#failed(passing);
    this.#over(passing);
  }

  #failed(passing: Passing): void {
    if (passing.isError) return;
    passing.isError = true;
    this.figures.errors++;
  }

  #over(passing: Passing): void {
    this.#passing.delete(passing.id);
    this.figures.running--;
    if (this.figures.running === 0) this.#hasEmptied = true;
  }

  #refusal(limits: WorkerLimits, path: string | undefined): Refusal | undefined {
    const { paths, maxRequests = Infinity, maxConcurrent = Infinity } = limits;
    const { running, tokens } = this.figures;
    if (paths !== undefined && (path === undefined || !matchesAny(paths, path))) {
      return { code: RESET_CODES.proxy_denied, reason: `This proxy lets through only: ${paths.join(', ')}` };
    }
    const limit = (reason: string): Refusal => ({ code: RESET_CODES.proxy_limit, reason });
    if (this.#admitted >= maxRequests) return limit(`This proxy has answered its ${amount(maxRequests, 'request')}.`);
    if (tokens >= this.#maxTokens) return this.tokensUsedUp;
    if (running >= maxConcurrent) {
      return limit(`This proxy answers ${amount(maxConcurrent, 'request')} at a time. Try again when one has ended.`);
    }
    if (running >= LINK_LIMITS.exchanges) return { code: RESET_CODES.refused, reason: `${running} are running` };
    return undefined;
  }
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
