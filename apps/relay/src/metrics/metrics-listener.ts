import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { RelayMetrics } from './relay-metrics.ts';

export interface MetricsListenerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  metrics: Pick<RelayMetrics, 'text' | 'contentType'>;
  log: Pick<Logger, 'info' | 'error'>;
}

export interface MetricsListener extends AsyncDisposable {
  /** Where `/metrics` is. */
  readonly url: string;
}

/** Prometheus has a connection or two and asks in one small packet; anything else is not Prometheus. */
const LIMITS = { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 120_000 };
const MAX_CONNECTIONS = 32;

/**
 * Opens a listener of its own that answers `GET /metrics` and nothing else, apart from the relay's public one.
 * @throws Error with its cause when it can't listen there.
 */
export async function openMetricsListener(options: MetricsListenerOptions): Promise<MetricsListener> {
  const { host, port, log } = options;
  const server = createServer(LIMITS, (request, response) => void answer(request, response, options));
  server.maxConnections = MAX_CONNECTIONS;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    throw new Error(`Cannot open the listener for metrics at ${host}, port ${port}: choose another METRICS_PORT`, {
      cause,
    });
  }
  const { address, port: chosen, family } = server.address() as AddressInfo; // as: it listens on a port
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${chosen}/metrics`;
  log.info({ url }, 'Metrics are ready');
  return {
    url,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
  { metrics, log }: MetricsListenerOptions,
): Promise<void> {
  const [path] = url.split('?', 1);
  if (method !== 'GET' || path !== '/metrics') {
    // With its connection: a body that nobody wants is not waited for.
    response.writeHead(404, { connection: 'close', 'content-type': 'text/plain' }).end('Only GET /metrics is here.\n');
    return;
  }
  try {
    const text = await metrics.text();
    const headers = { 'content-type': metrics.contentType, 'cache-control': 'no-store' };
    response.writeHead(200, headers).end(text);
  } catch (err) {
    log.error({ err }, 'Cannot collect metrics');
    response.writeHead(500).end();
  }
}
