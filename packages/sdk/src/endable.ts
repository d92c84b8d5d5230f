/**
 * Events whose `return` also ends a `next` that is still waiting, and what is open behind it: a generator alone would
 * wait for its next value first. Nothing begins before the first value is asked for.
 */
export function endable<T>(
  outer: AbortSignal | undefined,
  begin: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  const own = new AbortController();
  const end = (): void => own.abort(new DOMException('The listener has left', 'AbortError'));
  const generator = begin(outer === undefined ? own.signal : AbortSignal.any([outer, own.signal]));
  const done = { done: true, value: undefined } as const;
  const unlessEnded = (result: Promise<IteratorResult<T, void>>): Promise<IteratorResult<T, void>> =>
    result.catch((error: unknown) => {
      if (own.signal.aborted) return done;
      throw error;
    });

  const events = {
    next: () => unlessEnded(generator.next()),
    return() {
      end();
      return unlessEnded(generator.return());
    },
    throw(error: unknown) {
      end();
      return generator.throw(error);
    },
    [Symbol.asyncIterator]: () => events,
    async [Symbol.asyncDispose]() {
      await events.return();
    },
  };
  return events;
}
