import { type ErrorCode, type ProxyEnd, proxyEnd } from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Histogram, Registry } from 'prom-client';
import type { Outcome } from '../chat/generation.ts';
import { RelayError } from '../errors.ts';
import { processMetrics } from './process-metrics.ts';
import { readGauge } from './read-gauge.ts';

/** What is read when somebody looks, and costs nothing until then. */
export interface MetricSources {
  bridges(): number;
  exchanges(): number;
  generations(): number;
  /** Alive. */
  proxies(): number;
  /** Milliseconds. */
  eventLoopDelay(): number;
  /** Milliseconds; undefined when the database does not answer. */
  queryTime(): Promise<number | undefined>;
}

/** From an answer out of memory to one that waits for a busy database. */
const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** The codes of those who may not, or not so often. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unauthorized', 'forbidden', 'rate_limited']);
/** In the place of a route's pattern, where none matched: what was asked for is up to everybody. */
const NO_ROUTE = 'none';

/**
 * The relay's figures for Prometheus, in a registry of their own. Labels are route patterns, methods, status codes and
 * words of ours, never what a client sent: their number is bounded, and no secret gets in.
 */
export class RelayMetrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #durations: Histogram<'route' | 'method'>;
  readonly #refused: Counter<'reason'>;
  readonly #ended: Counter<'outcome'>;
  readonly #tokens: Counter;
  readonly #proxiesEnded: Counter<'reason'>;

  constructor(sources: MetricSources) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: 'relay_http_requests_total',
      help: 'Answered requests.',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'relay_http_request_duration_seconds',
      help: 'How long answers took that are not streams and wait for no engine.',
      labelNames: ['route', 'method'],
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
    this.#refused = new Counter({
      name: 'relay_http_requests_refused_total',
      help: 'Requests of callers who may not, or not so often.',
      labelNames: ['reason'],
      registers,
    });
    this.#ended = new Counter({
      name: 'relay_generations_ended_total',
      help: 'Answers in chat that have ended, by how.',
      labelNames: ['outcome'],
      registers,
    });
    this.#tokens = new Counter({
      name: 'relay_generation_tokens_total',
      help: 'Tokens of answers in chat that are complete or were stopped, prompts included, as engines count them.',
      registers,
    });
    this.#proxiesEnded = new Counter({
      name: 'relay_proxies_ended_total',
      help: 'Streaming proxies that have ended, by why.',
      labelNames: ['reason'],
      registers,
    });
    this.#gauge('relay_bridges_connected', 'Bridges whose socket is open.', sources.bridges);
    this.#gauge('relay_exchanges_running', 'Requests on their way to an engine or being answered.', sources.exchanges);
    this.#gauge('relay_generations_running', 'Answers in chat that are being made.', sources.generations);
    this.#gauge('relay_proxies_running', 'Streaming proxies that are alive.', sources.proxies);
    this.#gauge(
      'relay_database_query_seconds',
      'How long a trivial query takes; not a number when the database does not answer.',
      async () => ((await sources.queryTime()) ?? NaN) / 1000,
    );
    processMetrics(this.#registry, { delayMs: sources.eventLoopDelay });
    // Seen before the first one of its kind, a rise from nothing is a rise.
    for (const reason of REFUSALS) this.#refused.inc({ reason }, 0);
    for (const outcome of ['complete', 'stopped', 'failed', 'interrupted'] as const) this.#ended.inc({ outcome }, 0);
    for (const reason of proxyEnd.options) this.#proxiesEnded.inc({ reason }, 0);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All figures in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** A request was answered; called for each, so it does little. */
  answered(request: FastifyRequest, reply: FastifyReply): void {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? NO_ROUTE;
    this.#requests.inc({ route, method, status: reply.statusCode });
    if (isTimed(request)) this.#durations.observe({ route, method }, reply.elapsedTime / 1000);
  }

  /** A request was answered with this error. */
  failed(error: Error): void {
    if (error instanceof RelayError && REFUSALS.has(error.code)) this.#refused.inc({ reason: error.code });
  }

  generationEnded(outcome: Outcome): void {
    this.#ended.inc({ outcome: outcome.status });
    if ('totalTokens' in outcome) this.#tokens.inc(outcome.totalTokens);
  }

  proxyEnded(reason: ProxyEnd): void {
    this.#proxiesEnded.inc({ reason });
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    readGauge(this.#registry, { name, help, read });
  }
}

/** False for answers whose time is an engine's or a listener's: they say nothing of the relay. */
export function isTimed({ routeOptions: { config } }: FastifyRequest): boolean {
  return config.stream !== true && config.limitedBy !== 'bridge';
}
