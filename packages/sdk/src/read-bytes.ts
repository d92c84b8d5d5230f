/** A relay sends something every 15 s; after four times that the connection is dead, whatever it says. */
const SILENCE_LIMIT_MS = 60_000;

export type ReadBytesOptions = {
  silenceLimitMs?: number;
  /** Called for every chunk, keep-alives too. */
  onBytes?: () => void;
};

/**
 * A body's chunks. Leaving the loop closes the connection; silence beyond the limit is an error.
 * (A reader and not `for await` on the stream: Safari has no asynchronous iterator there.)
 */
export async function* readBytes(
  body: ReadableStream<Uint8Array>,
  options: ReadBytesOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const silenceLimitMs = options.silenceLimitMs ?? SILENCE_LIMIT_MS;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silenceLimitMs);
      if (done) return;
      options.onBytes?.();
      yield value;
    }
  } finally {
    // A stream that already failed rejects here again; its error is on its way to the caller.
    reader.cancel().catch(() => {});
  }
}

async function within<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Nothing came for ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
