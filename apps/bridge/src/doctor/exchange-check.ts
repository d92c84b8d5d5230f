import { z } from 'zod';
import { proxyTrouble } from '../network/open-way.ts';
import { readBounded } from '../read-bounded.ts';
import { reasonOf } from '../relay-api.ts';
import { failed, ok, skipped, warning, type Check, type Facts, type Finding } from './check.ts';

/** A model that has to be loaded from a disk first takes its time. */
export const EXCHANGE_TIMEOUT_MS = 120_000;
const LIST_TIMEOUT_MS = 8_000;
const MAX_BYTES = 1024 * 1024;
/** Tokens asked for: enough to see that they flow. */
const TOKENS = 8;
/** Models that make no text, by what they are called; the engine's own word would take a request for each. */
const NO_CHAT = /embed|bge-|minilm|whisper|rerank/i;

const tags = z.object({ models: z.array(z.object({ name: z.string(), size: z.number().optional() })).nullable() });
const line = z.object({
  message: z.object({ content: z.string().optional(), thinking: z.string().optional() }).optional(),
  error: z.string().optional(),
  eval_count: z.number().optional(),
  eval_duration: z.number().optional(),
});

/** A real question to this very computer through the relay, and the time to the first token. */
export function exchangeCheck(model: string | undefined): Check {
  return {
    id: 'exchange',
    title: 'Exchange',
    needs: ['engine', 'models', 'bridge', 'websocket'],
    timeoutMs: EXCHANGE_TIMEOUT_MS + LIST_TIMEOUT_MS,
    async run(facts) {
      const bridgeId = facts.account?.credentials.bridgeId;
      if (!facts.running || bridgeId === undefined) {
        return skipped('not asked: the bridge is not running', 'Start it with: cloudtolocalllm up');
      }
      if (facts.running.state === 'offline') return skipped('not asked: the bridge is offline');
      const asked = model ?? (await smallestModel(facts, bridgeId));
      if (typeof asked !== 'string') return asked;
      return askForWords(facts, bridgeId, asked);
    },
  };
}

async function smallestModel(facts: Facts, bridgeId: string): Promise<string | Finding> {
  const response = await ask(facts, bridgeId, '/ollama/api/tags', LIST_TIMEOUT_MS);
  const text = await readBounded(response, MAX_BYTES * 4);
  if (!response.ok) return refused(response.status, text);
  const models = tags.parse(JSON.parse(text)).models ?? [];
  const best = models
    .filter(({ name }) => !NO_CHAT.test(name))
    .toSorted((a, b) => (a.size ?? Infinity) - (b.size ?? Infinity))[0];
  return best?.name ?? skipped('not asked: there is no model to chat with', 'Get one, such as: ollama pull llama3.2');
}

async function askForWords(facts: Facts, bridgeId: string, model: string): Promise<Finding> {
  const body = {
    model,
    stream: true,
    messages: [{ role: 'user', content: 'Say hello.' }],
    options: { num_predict: TOKENS },
  };
  const since = performance.now();
  const response = await ask(facts, bridgeId, '/ollama/api/chat', EXCHANGE_TIMEOUT_MS, body);
  if (!response.ok) return refused(response.status, await readBounded(response, MAX_BYTES));
  let firstMs: number | undefined;
  let rate = '';
  for await (const text of lines(response)) {
    const part = line.parse(JSON.parse(text));
    if (part.error !== undefined)
      return failed(`${model}: the engine says: ${part.error}`, 'See the log of the engine.');
    if (part.message?.content || part.message?.thinking) firstMs ??= performance.now() - since;
    if (part.eval_count && part.eval_duration) {
      rate = `, ${((part.eval_count / part.eval_duration) * 1e9).toFixed(0)} tokens/s`;
    }
  }
  if (firstMs === undefined)
    return warning(`${model} answers with no word`, 'Try another: cloudtolocalllm doctor --model NAME');
  return ok(`${model} answers: first token after ${(firstMs / 1000).toFixed(2)} s${rate}`);
}

/** Throws Error with what is in the way. */
async function ask(facts: Facts, bridgeId: string, path: string, timeoutMs: number, body?: object): Promise<Response> {
  const { relay, account } = facts;
  if (relay === undefined || !account) throw new Error('there is no sign-in');
  try {
    return await fetch(new URL(path, relay), {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${await account.accessToken()}`,
        'x-bridge-id': bridgeId,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new Error(`no answer: ${(await proxyTrouble(relay)) ?? reasonOf(error)}`, { cause: error });
  }
}

function refused(status: number, text: string): Finding {
  const parsed = z.object({ error: z.string() }).safeParse(jsonOrNothing(text));
  const reason = parsed.data?.error.slice(0, 500) ?? `status ${status}`;
  if (status === 403)
    return failed(`the policy denies it: ${reason}`, 'Allow it in the policy, if you want to: see "Policy".');
  if (status === 503) return failed(reason, 'Is the bridge online? See "Bridge".');
  if (status === 429) return failed(reason, 'A limit of the relay is used up: try again later.');
  return failed(reason, 'See the log of the engine.');
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The lines of an NDJSON answer. Throws Error when they are more than an answer of a few tokens has. */
async function* lines(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer is longer than ${MAX_BYTES} bytes`);
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((part) => part.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}
