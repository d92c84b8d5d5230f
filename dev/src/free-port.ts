import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to connections on their way out (Linux: from 32768): those come and go by themselves. */
const FIRST = 20_000;
const LAST = 32_000;
const ATTEMPTS = 50;

/** A port of this computer on which nobody listens; 0 = any. Undefined when it is taken. */
export async function freePort(port = 0): Promise<number | undefined> {
  if (port !== 0) return isFree(port).then((free) => (free ? port : undefined));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const any = randomInt(FIRST, LAST);
    if (await isFree(any)) return any;
  }
  return undefined;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
