/**
 * Whoever read the output has gone away, as `| head` does, or its disk is full: what is said from now on is lost, and
 * nothing else. A bridge that is up goes on; a command ends by itself, with 1 if its output was lost by a fault.
 */
export function surviveLostReaders(streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') process.exitCode ??= 1;
    });
  }
}
