import { MAX_REALTIME_MESSAGE_BYTES } from '@cloudtolocalllm/protocol';
import { WebSocket } from 'ws';
import { proxyAgent } from '../network/outbound.ts';
import { refusalReason, socketTrouble } from '../network/socket-trouble.ts';
import { failed, ok, type Facts, type Finding } from './check.ts';

const OPEN_TIMEOUT_MS = 8_000;
const PINGS = 3;

const ADVICE =
  'A proxy or firewall on the way has to let the Upgrade header and long connections through to the relay: ask who runs it.';

/**
 * Opens a WebSocket as a device of this person does (`/ws/status`): it takes the same way as the bridge's own, whose
 * socket a second one would throw out, as the newest wins.
 */
export async function judgeWebSocket({ account, relay, userId }: Facts): Promise<Finding> {
  if (!account || relay === undefined || userId === undefined) return failed('there is no sign-in', ADVICE);
  const url = `${relay.replace(/^http/, 'ws')}/ws/status/${encodeURIComponent(userId)}`;
  const agent = proxyAgent(url);
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${await account.accessToken()}` },
    handshakeTimeout: OPEN_TIMEOUT_MS,
    maxPayload: MAX_REALTIME_MESSAGE_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
    ...(agent && { agent }),
  });
  const timer = setTimeout(
    () => resolve(failed('opens, and then nothing comes through it', ADVICE)),
    OPEN_TIMEOUT_MS + 1_000,
  );
  const roundTrips: number[] = [];
  let pingedAt = 0;
  const ping = (): void => {
    pingedAt = performance.now();
    socket.ping();
  };
  socket.on('open', ping);
  socket.on('pong', () => {
    roundTrips.push(performance.now() - pingedAt);
    if (roundTrips.length < PINGS) return ping();
    const median = roundTrips.toSorted((a, b) => a - b)[Math.floor(PINGS / 2)] ?? 0;
    resolve(ok(`passes; round trip ${median < 10 ? median.toFixed(1) : median.toFixed(0)} ms`));
  });
  socket.on('unexpected-response', (_request, response) => {
    resolve(failed(refusalReason(response), ADVICE));
    socket.terminate();
  });
  socket.on('error', (error) => resolve(failed(`does not open: ${socketTrouble(error, url)}`, ADVICE)));
  socket.on('close', (code) => resolve(failed(`was closed at once (${code})`, ADVICE)));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.terminate();
  });
}
