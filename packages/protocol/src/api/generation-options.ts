import { z } from 'zod';

const MAX_TOKENS = 10_000_000;

/**
 * How a model is asked, by Ollama's names (docs/api.md and docs/modelfile.md of ollama/ollama). Absent: as the engine has
 * it.
 */
export const generationOptions = z
  .strictObject({
    temperature: z.number().min(0).max(10),
    top_p: z.number().min(0).max(1),
    num_ctx: z.int().min(1).max(MAX_TOKENS).meta({ description: 'Tokens of context.' }),
    seed: z.int().min(-2_147_483_648).max(2_147_483_647),
    stop: z.array(z.string().min(1).max(200)).max(16).meta({ description: 'Texts at which the answer ends.' }),
    keep_alive: z
      .union([z.string().regex(/^-?\d{1,6}(ns|us|ms|s|m|h)?$/, 'must be a duration such as 5m'), z.int()])
      .meta({ description: 'How long the model stays in memory afterwards: a duration, or seconds; -1 = for good.' }),
    think: z.union([z.boolean(), z.enum(['low', 'medium', 'high'])]).meta({ description: 'Whether it reasons first.' }),
  })
  .partial()
  .meta({ id: 'GenerationOptions', examples: [{ temperature: 0.7, num_ctx: 8192, stop: ['\n\n'] }] });
export type GenerationOptions = z.infer<typeof generationOptions>;
