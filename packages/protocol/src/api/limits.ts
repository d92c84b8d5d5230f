import { z } from 'zod';
import { bridgeId, EXAMPLE_UUID } from '../ids.ts';

const perHour = {
  limit: z.int().meta({ description: 'Requests an hour.' }),
  remaining: z.int(),
  reset: z
    .int()
    .nullable()
    .meta({ description: 'When the hour that began with its first request ends, in seconds since 1970; null: none.' }),
};

/** `GET /api/me/limits`. */
export const limitsInUse = z
  .object({
    requests: z.object(perHour).meta({ description: 'Of the person and all their keys, with this request.' }),
    streams: z
      .object({ limit: z.int(), running: z.int() })
      .meta({ description: 'Answers, event streams and requests to engines at a time.' }),
    sockets: z.object({ limit: z.int(), open: z.int() }).meta({ description: "WebSockets of the person's devices." }),
    bridges: z.array(z.object({ bridgeId, name: z.string(), ...perHour })).meta({ description: 'In their order.' }),
  })
  .meta({
    id: 'LimitsInUse',
    examples: [
      {
        requests: { limit: 1000, remaining: 958, reset: 1750442400 },
        streams: { limit: 100, running: 1 },
        sockets: { limit: 50, open: 2 },
        bridges: [
          { bridgeId: `bridge-${EXAMPLE_UUID}`, name: 'Study', limit: 10000, remaining: 9990, reset: 1750442400 },
        ],
      },
    ],
  });
export type LimitsInUse = z.infer<typeof limitsInUse>;
