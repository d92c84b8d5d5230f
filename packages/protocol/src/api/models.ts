import { z } from 'zod';
import { bridgeId, EXAMPLE_UUID } from '../ids.ts';
import { connectionStatus } from './bridges.ts';

export const modelName = z.string().trim().min(1).max(200);

const where = z.object({
  bridgeId,
  name: z.string().meta({ description: 'What its owner calls the computer.' }),
  status: connectionStatus,
});

/** `GET /api/models`: the models of all of a person's computers, and on which each one is. */
export const mergedModels = z
  .object({ models: z.array(z.object({ model: z.string(), bridges: z.array(where) })) })
  .meta({
    id: 'MergedModels',
    examples: [
      {
        models: [
          {
            model: 'llama3.2:1b',
            bridges: [{ bridgeId: `bridge-${EXAMPLE_UUID}`, name: 'Study', status: 'connected' }],
          },
        ],
      },
    ],
  });
export type MergedModels = z.infer<typeof mergedModels>;

/** A model on one computer, as its engine tells it. */
export const installedModel = z.object({
  name: z.string(),
  size: z.number().optional().meta({ description: 'In bytes.' }),
  modified: z.string().optional(),
  family: z.string().optional(),
  parameterSize: z.string().optional(),
  quantization: z.string().optional(),
  loaded: z
    .object({ vram: z.number().optional(), until: z.string().optional() })
    .optional()
    .meta({ description: 'Present while it is in memory.' }),
});
export type InstalledModel = z.infer<typeof installedModel>;

/** `GET /api/bridge/{bridgeId}/models`. */
export const installedModels = z
  .object({
    models: z.array(installedModel),
    mayManage: z.boolean().meta({ description: "Whether the bridge's owner allows to pull and delete." }),
  })
  .meta({
    id: 'InstalledModels',
    examples: [
      {
        models: [
          {
            name: 'llama3.2:1b',
            size: 1_321_098_329,
            modified: '2025-06-01T08:00:00.000Z',
            family: 'llama',
            parameterSize: '1.2B',
            quantization: 'Q8_0',
            loaded: { vram: 1_861_222_400, until: '2025-06-20T16:57:20.850Z' },
          },
        ],
        mayManage: true,
      },
    ],
  });
export type InstalledModels = z.infer<typeof installedModels>;

/** The body of show, load, unload, pull and delete below `/api/bridge/{bridgeId}/models`. */
export const modelRequest = z
  .object({ model: modelName })
  .meta({ id: 'ModelRequest', examples: [{ model: 'llama3.2:1b' }] });
export type ModelRequest = z.infer<typeof modelRequest>;

/** `POST …/models/show`: what the engine knows of a model; its own names (Ollama's /api/show). */
export const modelDetails = z.object({ model: z.string(), details: z.record(z.string(), z.unknown()) }).meta({
  id: 'ModelDetails',
  examples: [{ model: 'llama3.2:1b', details: { capabilities: ['completion', 'tools'], template: '…' } }],
});
export type ModelDetails = z.infer<typeof modelDetails>;

export const modelChanged = z
  .object({ success: z.literal(true), message: z.string() })
  .meta({ id: 'ModelChanged', examples: [{ success: true, message: 'llama3.2:1b is loaded.' }] });
export type ModelChanged = z.infer<typeof modelChanged>;

/** One line of the NDJSON stream that answers `POST …/models/pull`. */
export const pullEvent = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('progress'),
      status: z.string(),
      digest: z.string().optional(),
      completed: z.number().optional().meta({ description: 'Bytes of this layer.' }),
      total: z.number().optional(),
    }),
    z.object({ type: z.literal('complete'), model: z.string() }),
    z.object({ type: z.literal('error'), error: z.string(), message: z.string(), code: z.int() }),
  ])
  .meta({
    id: 'PullEvent',
    examples: [
      { type: 'progress', status: 'pulling manifest' },
      { type: 'progress', status: 'pulling 74701a8c35f6', digest: 'sha256:74701a8c35f6', completed: 1024, total: 4096 },
      { type: 'complete', model: 'llama3.2:1b' },
    ],
  });
export type PullEvent = z.infer<typeof pullEvent>;
