import { ApiError, decodeNdjson, type Client } from '@cloudtolocalllm/sdk';

export type FirstWordsOptions = {
  fetch: Client['gateway']['fetch'];
  bridgeId: string;
  model: string;
  signal: AbortSignal;
  now?: () => number;
};

/** As short as it gets: only the beginning is looked at. */
const MAX_TOKENS = 16;

/**
 * Asks a model on one computer, past the chat so that nothing is kept, and leaves at its first words. Resolves with how
 * long they took, in milliseconds. Throws what went wrong.
 */
export async function firstWords(options: FirstWordsOptions): Promise<number> {
  const { bridgeId, model, signal, now = () => performance.now() } = options;
  // What has been heard is enough: the engine is told by the end of the request.
  const enough = new AbortController();
  const began = now();
  const response = await options.fetch('/ollama/api/chat', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-bridge-id': bridgeId },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'Say hello.' }],
      stream: true,
      options: { num_predict: MAX_TOKENS },
    }),
    signal: AbortSignal.any([signal, enough.signal]),
  });
  if (!response.ok || response.body === null) throw refusal(response.status, await response.text());
  try {
    for await (const line of decodeNdjson(pieces(response.body))) {
      const { error, message } = line as EngineLine; // as: every field is looked at before it is used
      if (typeof error === 'string') throw new ApiError(error, { status: 502, code: 'engine_error' });
      if (message?.content || message?.thinking) return now() - began;
    }
  } finally {
    enough.abort();
  }
  throw new ApiError('It ended without a word', { status: 502, code: 'engine_error' });
}

/** Not every browser iterates over a stream by itself. */
async function* pieces(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** A line of Ollama's answer, as far as it matters here. */
type EngineLine = { error?: unknown; message?: { content?: unknown; thinking?: unknown } };

function refusal(status: number, body: string): ApiError {
  let message = body;
  try {
    const { error } = JSON.parse(body) as EngineLine; // as above
    if (typeof error === 'string') message = error;
  } catch {
    // It was not JSON: the text says what there is to say.
  }
  return new ApiError(message, { status, code: 'engine_error' });
}
