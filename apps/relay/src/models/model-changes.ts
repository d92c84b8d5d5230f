import type { BridgeLink } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';
import { answeredObject, askEngine, engineFailure, type EngineAnswer } from './engine-request.ts';

/** Proxies on the way cut an answer that says nothing for 100 s; a large model takes longer to load from a disk. */
const LOAD_PATIENCE_MS = 60_000;

/** A model that is not there by then never will be: Ollama itself gives up after five minutes without progress. */
const LOAD_TIMEOUT_MS = 30 * 60_000;

/** What Ollama answers to a model that only makes embeddings. */
const NO_GENERATION = /does not support generate/;

/**
 * Brings a model into memory for as long as the engine keeps idle ones: Ollama loads it for a request without a prompt
 * (docs/api.md of ollama/ollama, "Load a model"). Resolves with what became of it. One that takes longer goes on loading.
 * @throws RelayError
 */
export async function loadModel(link: BridgeLink, model: string, patienceMs = LOAD_PATIENCE_MS): Promise<string> {
  const loading = loadNow(link, model);
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(
    late.resolve,
    patienceMs,
    `${model} is still being loaded: the list shows when it is there.`,
  );
  try {
    return await Promise.race([loading, late.promise]);
  } finally {
    clearTimeout(timer);
    loading.catch(() => {}); // nobody waits for it any more
  }
}

async function loadNow(link: BridgeLink, model: string): Promise<string> {
  const post = { method: 'POST', timeoutMs: LOAD_TIMEOUT_MS } as const;
  let answer = await askEngine(link, { ...post, path: '/api/generate', body: { model, stream: false } });
  if (answer.status === 400 && NO_GENERATION.test(answer.body)) {
    answer = await askEngine(link, { ...post, path: '/api/embed', body: { model, input: [] } });
  }
  answeredObject(answer, model);
  return `${model} is loaded.`;
}

/** Takes a model out of memory as soon as it is idle. @throws RelayError */
export async function unloadModel(link: BridgeLink, model: string): Promise<string> {
  const body = { model, keep_alive: 0, stream: false };
  answeredObject(await askEngine(link, { method: 'POST', path: '/api/generate', body }), model);
  return `${model} is unloaded.`;
}

/** Deletes a model from the computer's disk. @throws RelayError */
export async function deleteModel(link: BridgeLink, model: string): Promise<string> {
  const answer: EngineAnswer = await askEngine(link, { method: 'DELETE', path: '/api/delete', body: { model } });
  if (answer.status !== 200) throw engineFailure(answer, model);
  return `${model} is deleted.`;
}

/** @throws RelayError policy_denied when the owner of that computer has not allowed it, saying how they do. */
export function requireManagement(mayManage: boolean): void {
  if (mayManage) return;
  throw new RelayError(
    'policy_denied',
    'This computer does not let its models be loaded, pulled or deleted through the relay. Allow it there under "manage" in its policy (cloudtolocalllm policy edit), or by starting its bridge with: cloudtolocalllm up --allow-model-management',
  );
}
