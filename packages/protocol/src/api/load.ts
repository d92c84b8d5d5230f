import { z } from 'zod';

/** `GET /api/bridge/{bridgeId}/load`: one at most for each minute of the last hour, the oldest first. */
export const bridgeLoad = z
  .object({
    samples: z.array(
      z.object({
        at: z.iso.datetime(),
        load: z.number().meta({ description: 'The one-minute load per core, as the bridge said last in that minute.' }),
      }),
    ),
  })
  .meta({
    id: 'BridgeLoad',
    examples: [
      {
        samples: [
          { at: '2025-06-20T16:51:50.100Z', load: 0.12 },
          { at: '2025-06-20T16:52:20.850Z', load: 0.15 },
        ],
      },
    ],
  });
export type BridgeLoad = z.infer<typeof bridgeLoad>;
