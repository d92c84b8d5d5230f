import type { EngineInfo } from '@cloudtolocalllm/protocol';
import { z } from 'zod';

/** Where Ollama listens unless told otherwise. */
export const OLLAMA_DEFAULT_URL = 'http://127.0.0.1:11434';
const TIMEOUT_MS = 3_000;
/** Of an engine's listing this much is read. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const version = z.object({ version: z.string().max(64), demo: z.boolean().optional() });
const tags = z.object({ models: z.array(z.object({ name: z.string().max(200) })).max(1000) });

/** How an engine is: undefined when it does not answer as one. */
export interface EngineReport {
  engine: EngineInfo;
  models: string[];
}

/** Asks an Ollama (or what answers like one) for its version and models. Source: docs/api.md of ollama/ollama. */
export async function probeOllama(engine: URL): Promise<EngineReport | undefined> {
  try {
    const [about, listing] = await Promise.all([
      getJson(new URL('/api/version', engine), version),
      getJson(new URL('/api/tags', engine), tags),
    ]);
    return {
      engine: { kind: 'ollama', version: about.version, ...(about.demo && { demo: true }) },
      models: listing.models.map(({ name }) => name),
    };
  } catch {
    return undefined; // not there, or not an engine: the state says so
  }
}

async function getJson<Schema extends z.ZodType>(url: URL, schema: Schema): Promise<z.infer<Schema>> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok || !response.body) throw new Error(`${url.pathname} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`${url.pathname} is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return schema.parse(JSON.parse(Buffer.concat(chunks).toString()));
}
