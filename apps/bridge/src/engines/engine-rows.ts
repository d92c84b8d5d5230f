import { z } from 'zod';
import type { Engines } from './engines.ts';
import type { Turns } from './turns.ts';

/** One engine, for a table or a status page. */
export const engineRow = z.object({
  name: z.string(),
  /** Undefined until it has told. */
  kind: z.string().optional(),
  version: z.string().optional(),
  /** It is this project's engine that always says the same sentence. */
  demo: z.boolean().optional(),
  address: z.string(),
  state: z.string(),
  /** For a person; absent when nothing is wrong. */
  trouble: z.string().optional(),
  models: z.array(z.string()),
  running: z.int(),
  queued: z.int(),
  limit: z.int(),
});
export type EngineRow = z.infer<typeof engineRow>;

/** How the engines of a running bridge are now. */
export function engineRows(engines: Engines, turns: Turns): EngineRow[] {
  return engines.all.map((engine) => ({
    name: engine.name,
    ...(engine.probe?.kind && { kind: engine.probe.kind }),
    ...(engine.probe?.version !== undefined && { version: engine.probe.version }),
    ...(engine.probe?.demo && { demo: true }),
    address: engine.address,
    state: engine.probe?.state ?? 'absent',
    ...(engine.trouble !== undefined && { trouble: engine.trouble }),
    models: engine.isUp ? [...engine.models] : [],
    running: turns.running(engine),
    queued: turns.waiting(engine),
    limit: engine.limit,
  }));
}
