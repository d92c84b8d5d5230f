import type { ProxyStatus, RealtimeEvent } from '@cloudtolocalllm/sdk';
import { createStore, type ReadableStore } from './store.ts';

/** What a proxy had done and used at one moment. */
export type ProxySample = {
  /** Seconds since 1970. */
  at: number;
  requests: number;
  bytes: number;
  /** Milliseconds to the head of an answer, on the average so far; null: there was none yet. */
  latency: number | null;
  /** Share of 1; null as well. */
  errors: number | null;
  /** Bytes. */
  memory: number;
  /** Percent of one core. */
  cpu: number;
};
export type ProxyFigure = Exclude<keyof ProxySample, 'at'>;

/** A proxy as this page has seen it: as it is, and as it was. */
export type ProxyTrack = { status: ProxyStatus; samples: readonly ProxySample[] };
export type ProxyTracks = ReadonlyMap<string, ProxyTrack>;

export type ProxyHistory = ReadableStore<ProxyTracks> & {
  /** What the relay tells by itself. */
  hear(event: RealtimeEvent): void;
  /** What it answered when it was asked. */
  add(status: ProxyStatus): void;
  reset(): void;
};

/** An hour at one every six seconds; a chart has no more pixels. When there are more, every other old one goes. */
export const MAX_SAMPLES = 600;
/** As many as a person may have at a time, and some that have ended. */
export const MAX_TRACKS = 40;
/** The relay tells at most one a second. */
const MIN_GAP_SECONDS = 0.5;

/** The figures of proxies while this page is open, in bounded memory. */
export function createProxyHistory(now: () => number = Date.now): ProxyHistory {
  const store = createStore<ProxyTracks>(new Map());
  const add = (status: ProxyStatus): void => {
    const tracks = new Map(store.get());
    const earlier = tracks.get(status.proxyId);
    // What ended stays so: an answer may be older than what was told meanwhile.
    if (earlier?.status.ended !== undefined && status.ended === undefined) return;
    // The newest is last, so that the one that was silent longest goes first.
    tracks.delete(status.proxyId);
    const at = status.ended === undefined ? now() : Date.parse(status.ended);
    tracks.set(status.proxyId, { status, samples: withSample(earlier?.samples ?? [], sampleOf(status, at / 1000)) });
    const [oldest] = tracks.keys();
    if (tracks.size > MAX_TRACKS && oldest !== undefined) tracks.delete(oldest);
    store.set(tracks);
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    add,
    hear(event) {
      if (event.type === 'proxy') add(event.payload.proxy);
    },
    reset: () => store.set(new Map()),
  };
}

function withSample(samples: readonly ProxySample[], sample: ProxySample): readonly ProxySample[] {
  const last = samples.at(-1);
  // Two at one moment would be a line that stands upright: the later one counts.
  const kept = last !== undefined && sample.at - last.at < MIN_GAP_SECONDS ? samples.slice(0, -1) : samples;
  const all = [...kept, sample];
  return all.length <= MAX_SAMPLES ? all : all.filter((_, index) => index % 2 === 0 || index === all.length - 1);
}

function sampleOf({ metrics, resources }: ProxyStatus, at: number): ProxySample {
  return {
    at,
    requests: metrics.requests,
    bytes: metrics.bytesTransferred,
    latency: metrics.requests === 0 ? null : metrics.avgResponseTime,
    errors: metrics.requests === 0 ? null : metrics.errorRate,
    memory: bytesOf(resources.memoryUsage),
    cpu: Number.parseFloat(resources.cpuUsage) || 0,
  };
}

const UNITS: Record<string, number> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** Bytes of a text such as `48MB`; 0 when it is none. */
export function bytesOf(text: string): number {
  const [, amount, unit = ''] = /^([\d.]+)\s?([KMG]B)$/i.exec(text) ?? [];
  return Number(amount ?? 0) * (UNITS[unit.toUpperCase()] ?? 0);
}
