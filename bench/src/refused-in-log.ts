import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** How many requests a relay's log says were answered 429: also those of the bridge, which the bench does not see. */
export async function refusedInLog(logFile: string): Promise<number> {
  let refused = 0;
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    if (line.includes('"status":429,')) refused++;
  }
  return refused;
}

/** @throws Error when the log of a relay that has ended holds a request that was answered 429. */
export async function expectNoneRefused(logFile: string): Promise<void> {
  const refused = await refusedInLog(logFile);
  if (refused > 0)
    throw new Error(`Cannot use these figures: the relay's log holds ${refused} answers with status 429`);
}
