import type { EngineInfo } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { CONNECT_HEADER } from '../connect/connect-mark.ts';
import { readBounded } from '../read-bounded.ts';

/** Where Ollama listens unless told otherwise. */
export const OLLAMA_DEFAULT_URL = 'http://127.0.0.1:11434';
/** Of an engine's listing this much is read. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** An engine that says nothing for so long hangs. */
export const PROBE_TIMEOUT_MS = 3_000;
/** Of a status_update. */
const MAX_MODELS = 1000;
const MAX_NAME_CHARACTERS = 200;

const version = z.object({ version: z.string(), demo: z.boolean().optional() });
/** Without a model, older versions of Ollama say null. */
const tags = z.object({ models: z.array(z.object({ name: z.string() })).nullable() });

/** How an engine is: undefined when it does not answer as one. */
export interface EngineReport {
  engine: EngineInfo;
  models: string[];
}

/** Asks an Ollama (or what answers like one) for its version and models. Source: docs/api.md of ollama/ollama. */
export async function probeOllama(engine: URL, timeoutMs = PROBE_TIMEOUT_MS): Promise<EngineReport | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const [about, listing] = await Promise.all([
      getJson(new URL('/api/version', engine), version, signal),
      getJson(new URL('/api/tags', engine), tags, signal),
    ]);
    return {
      engine: { kind: 'ollama', version: about.version.slice(0, 64), ...(about.demo && { demo: true }) },
      models: (listing.models ?? [])
        .map(({ name }) => name)
        .filter((name) => name.length <= MAX_NAME_CHARACTERS)
        .slice(0, MAX_MODELS),
    };
  } catch {
    return undefined; // not there, or not an engine: the state says so
  }
}

async function getJson<Schema extends z.ZodType>(
  url: URL,
  schema: Schema,
  signal: AbortSignal,
): Promise<z.infer<Schema>> {
  const response = await fetch(url, { redirect: 'error', signal });
  const text = await readBounded(response, MAX_BODY_BYTES);
  if (response.headers.has(CONNECT_HEADER)) throw new Error('that is our own connect, and no engine');
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
  return schema.parse(JSON.parse(text));
}
