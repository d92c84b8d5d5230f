import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const SAMPLE_MS = 5_000;
const WINDOW_MS = 60_000;
/** Between two looks of the event loop's own timer; what it measures contains this wait. */
const DELAY_RESOLUTION_MS = 20;
/** Before this long, the start itself is most of what was measured. */
const SETTLE_MS = 15_000;
const NANOSECONDS_PER_MS = 1e6;

interface CpuSample {
  at: number;
  usedMs: number;
}

/** What the process says of itself, injected by tests. */
export interface ProcessProbes {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Milliseconds of processor time, of all threads, since the process began. */
  cpuMs(): number;
  delays(): Pick<ELDHistogram, 'percentile' | 'reset' | 'enable' | 'disable'>;
}

const PROCESS: ProcessProbes = {
  now: () => performance.now(),
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  delays: () => monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS }),
};

/** The process in the last minute: how busy its processor was and how late its event loop. Sampled by a timer. */
export class ProcessVitals implements Disposable {
  readonly #probes: ProcessProbes;
  readonly #startedAt: number;
  readonly #cpu: CpuSample[] = [];
  /** Two overlapping measurements, each begun anew in turn: the older one always covers the last 30 to 60 s. */
  #delays: { older: ReturnType<ProcessProbes['delays']>; newer: ReturnType<ProcessProbes['delays']> };
  #turnedAt: number;
  readonly #timer: NodeJS.Timeout;

  constructor(probes: ProcessProbes = PROCESS) {
    this.#probes = probes;
    this.#startedAt = this.#turnedAt = probes.now();
    this.#delays = { older: probes.delays(), newer: probes.delays() };
    this.#delays.older.enable();
    this.#delays.newer.enable();
    this.sample();
    this.#timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  /** Percent of one core, over the last minute or since the start. */
  get cpuPercent(): number {
    const [oldest] = this.#cpu;
    const now = this.#probes.now();
    if (oldest === undefined || now <= oldest.at) return 0;
    return ((this.#probes.cpuMs() - oldest.usedMs) / (now - oldest.at)) * 100;
  }

  /** 99th percentile, in milliseconds, of how late the event loop was. */
  get delayMs(): number {
    const measured = this.#delays.older.percentile(99) / NANOSECONDS_PER_MS;
    return Math.max(0, measured - DELAY_RESOLUTION_MS);
  }

  /** False as long as the start itself makes up most of the figures. */
  get settled(): boolean {
    return this.#probes.now() - this.#startedAt >= SETTLE_MS;
  }

  /** Called by the timer. */
  sample(): void {
    const now = this.#probes.now();
    this.#cpu.push({ at: now, usedMs: this.#probes.cpuMs() });
    while ((this.#cpu[1]?.at ?? now) <= now - WINDOW_MS) this.#cpu.shift();
    if (now - this.#turnedAt < WINDOW_MS / 2) return;
    this.#turnedAt = now;
    const { older, newer } = this.#delays;
    older.reset();
    this.#delays = { older: newer, newer: older };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#delays.older.disable();
    this.#delays.newer.disable();
  }
}
