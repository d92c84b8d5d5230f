import { detailedHealth, health } from '@cloudtolocalllm/protocol';
import type { Api } from '../api.ts';
import type { HealthCheck } from './health-check.ts';

/** `GET /api/health`, public, and `GET /api/health/detailed`, for administrators and the relay's own computer. */
export function healthRoutes(api: Api, { check }: { check: HealthCheck }): void {
  api.get(
    '/api/health',
    {
      config: { access: 'public', limitedBy: 'none' },
      schema: {
        operationId: 'getHealth',
        summary: 'How the relay is',
        description: '503 when it is unhealthy: what asks this often is a load balancer.',
        tags: ['Health'],
        response: { 200: health, 503: health },
      },
    },
    async (_request, reply) => {
      const state = await check.summary();
      // What asks this often is a load balancer, and it looks at the status.
      return reply.code(state.status === 'unhealthy' ? 503 : 200).send(state);
    },
  );

  api.get(
    '/api/health/detailed',
    {
      config: { access: 'admin or own computer', limitedBy: 'none' },
      schema: {
        operationId: 'getDetailedHealth',
        summary: 'How the parts of the relay are, measured',
        tags: ['Health'],
        response: { 200: detailedHealth },
      },
    },
    async () => check.detailed(),
  );
}
