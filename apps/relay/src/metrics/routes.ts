import { z } from 'zod';
import type { Api } from '../api.ts';
import type { RelayMetrics } from './relay-metrics.ts';

const figures = z
  .string()
  .meta({ examples: ['# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 12.5\n'] });

/** `GET /metrics` on the relay's own listener, for administrators; only where the configuration asks for it. */
export function metricsRoute(api: Api, { metrics }: { metrics: RelayMetrics }): void {
  const schema = {
    operationId: 'getMetrics',
    summary: 'Figures for Prometheus',
    tags: ['Health'],
    response: { 200: { description: 'The figures.', content: { 'text/plain': { schema: figures } } } },
  };
  api.get('/metrics', { config: { access: 'admin', limitedBy: 'none' }, schema }, async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.text()),
  );
}
