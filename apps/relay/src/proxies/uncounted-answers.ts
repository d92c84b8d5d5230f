import { RelayError } from '../errors.ts';
import { fieldNames } from '@cloudtolocalllm/protocol/bodies';
import { expectedForm } from '../gateway/keep-alive.ts';
import type { Target } from '../gateway/model-check.ts';

/** What is answered without a token being generated, as often at a time as anybody likes. */
const GENERATE_NOTHING = new Set([
  '/api/embed',
  '/api/embeddings',
  '/api/show',
  '/v1/embeddings',
  '/v1/messages/count_tokens',
]);

/** Whether tokens may be generated for this request. */
export function mayGenerate({ method, path }: Target): boolean {
  const [target = ''] = path.split('?', 1);
  return method !== 'GET' && method !== 'HEAD' && !GENERATE_NOTHING.has(target);
}

/**
 * Whether its answer is a stream, whoever reads its body: one whose `stream` is there twice, in another spelling or no
 * truth value, may be read in two ways. Go's JSON knows no case, and takes ſ for s.
 */
export function isSurelyStreamed({ method, path }: Target, body: Buffer): boolean {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = fieldNames(text).filter((name) => name.toUpperCase() === 'STREAM');
  if (names.length > 1 || (names.length === 1 && names[0] !== 'stream')) return false;
  const { stream } = value as { stream?: unknown }; // as: it is an object
  if (stream !== undefined && typeof stream !== 'boolean') return false;
  const form = expectedForm(method, path, stream);
  return form === 'lines' || form === 'events';
}

/**
 * Answers whose tokens are known at their end alone. A proxy with a limit of tokens gives one of them at a time: it may
 * pass the limit by that one, and not by as many as are asked for at once.
 */
export class UncountedAnswers {
  readonly #proxyIds = new Set<string>();

  /** @throws RelayError rate_limited while another one is being given; that of this call ends when it is disposed of. */
  take(proxyId: string): Disposable {
    if (this.#proxyIds.has(proxyId)) {
      throw new RelayError(
        'rate_limited',
        'This proxy counts tokens, and those of an answer that is not streamed are known at its end: it gives one of ' +
          'these at a time. Stream, or try again when it has ended.',
      );
    }
    this.#proxyIds.add(proxyId);
    return { [Symbol.dispose]: () => void this.#proxyIds.delete(proxyId) };
  }
}
