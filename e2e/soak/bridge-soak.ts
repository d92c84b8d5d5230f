import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { TestStack } from '../support/test-stack.ts';
import { RunningAnswer } from '../torture/running-answer.ts';
import { BridgeProcess, type Holding } from './bridge-process.ts';

const ANSWERS = 4;
const TOKENS_PER_SECOND = 25;

export interface BridgeSoakOptions {
  /** How often its connection is cut, and how many milliseconds lie between two cuts. */
  cuts: number;
  betweenMs: number;
  /** How often it is asked what it holds. */
  samples: number;
  /** How long an answer is. */
  tokens: number;
}

/** 2,000 reconnects in 20 minutes. */
export const FULL_BRIDGE_SOAK: BridgeSoakOptions = { cuts: 2000, betweenMs: 600, samples: 40, tokens: 500 };
export const SHORT_BRIDGE_SOAK: BridgeSoakOptions = { cuts: 60, betweenMs: 300, samples: 8, tokens: 150 };

export interface BridgeSoakReport {
  cuts: number;
  /** Answers that were whole, token by token. */
  answers: number;
  problems: string[];
  holdings: (Holding & { cuts: number; seconds: number })[];
}

/** One bridge whose connection is cut again and again while answers run over it, and what it holds meanwhile. */
export async function bridgeSoak(
  { cuts, betweenMs, samples, tokens }: BridgeSoakOptions,
  tell: (text: string) => void = () => {},
): Promise<BridgeSoakReport> {
  let relayPort = 0;
  await using proxy = await TcpProxy.start(() => relayPort);
  await using stack = await TestStack.start({
    // The bridge reaches the relay through the proxy alone; the answers are asked for directly.
    publicUrl: `http://localhost:${proxy.port}`,
    starting: (port) => (relayPort = port),
    engineArgs: ['--tokens-per-second', String(TOKENS_PER_SECOND)],
    relayEnv: { RATE_LIMIT_USER_PER_HOUR: '1000000', RATE_LIMIT_BRIDGE_PER_HOUR: '1000000' },
    bridge: false,
  });
  await using bridge = await BridgeProcess.start(stack);
  const bridgeId = await stack.bridgeId();
  const report: BridgeSoakReport = { cuts: 0, answers: 0, problems: [], holdings: [] };
  const over = new AbortController();
  const askAgainAndAgain = async (): Promise<void> => {
    while (!over.signal.aborted) {
      // One lives for an hour, and the soak may be longer.
      const token = (await stack.stack.tokens()).accessToken;
      const answer = new RunningAnswer({ url: stack.stack.url, token, bridgeId, tokens });
      const ending = await answer.ended;
      const fault = ending === 'done' ? answer.fault(ending) : `it ended: ${ending}`;
      if (fault === undefined) report.answers++;
      else report.problems.push(fault);
    }
  };
  const asking = Array.from({ length: ANSWERS }, askAgainAndAgain);
  const begun = performance.now();
  const look = async (): Promise<void> => {
    const seconds = (performance.now() - begun) / 1000;
    const holding = { ...(await bridge.holding()), cuts: proxy.cuts, seconds };
    report.holdings.push(holding);
    tell(holdingLine(holding));
  };
  const every = Math.floor(cuts / samples);
  try {
    for (let next = every; proxy.cuts < cuts && bridge.child.running;) {
      await sleep(betweenMs * (0.5 + Math.random()));
      proxy.cut();
      if (proxy.cuts < next) continue;
      next += every;
      await look();
    }
  } finally {
    report.cuts = proxy.cuts;
    over.abort();
    await Promise.all(asking);
  }
  if (!bridge.child.running) report.problems.push(`the bridge ended: ${bridge.child.tail}`);
  report.problems.push(...growth(report.holdings));
  return report;
}

export function holdingLine({
  cuts,
  residentMb,
  heapMb,
  externalMb,
  openFiles,
  timers,
  others,
}: BridgeSoakReport['holdings'][number]): string {
  const memory = `${residentMb.toFixed(1)} MB resident, heap ${heapMb.toFixed(2)} MB, external ${externalMb.toFixed(2)} MB`;
  return `${String(cuts).padStart(5)} cuts: ${memory}, ${openFiles} files, ${timers} timers, ${others} other handles`;
}

/** Noise of a process whose answers are at another place each time it is looked at. */
const HEAP_NOISE_MB = 1;
const RESIDENT_NOISE_MB = 12;
/** Answers that end and begin while it is looked at. */
const HANDLE_NOISE = 2 * ANSWERS;

/** What grew in the second half, when all that is made once is made: the median of its two halves. */
export function growth(holdings: readonly Holding[]): string[] {
  const half = holdings.slice(Math.floor(holdings.length / 2));
  const earlier = half.slice(0, Math.floor(half.length / 2));
  const later = half.slice(Math.floor(half.length / 2));
  const limits: Record<keyof Holding, number> = {
    residentMb: RESIDENT_NOISE_MB,
    heapMb: HEAP_NOISE_MB,
    externalMb: HEAP_NOISE_MB,
    openFiles: HANDLE_NOISE,
    timers: HANDLE_NOISE,
    others: HANDLE_NOISE,
  };
  const names = Object.keys(limits) as (keyof Holding)[]; // as: the keys above
  return names.flatMap((name) => {
    const [from, to] = [earlier, later].map((part) => median(part.map((holding) => holding[name])));
    const grown = to! - from!; // two of them
    return grown > limits[name] ? [`${name} grew from ${from!.toFixed(2)} to ${to!.toFixed(2)}`] : [];
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
