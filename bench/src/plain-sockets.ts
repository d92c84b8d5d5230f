// What an idle bridge costs at the least: a server with `ws` alone, started and asked as the relay is. It registers
// everybody, welcomes every socket, pings it as often as the relay and keeps nothing of it.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { encodeWelcome, LINK_LIMITS, PROTOCOL_VERSION } from '@cloudtolocalllm/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

const { PORT = '', PUBLIC_URL = '', TLS_CERT, TLS_KEY } = process.env;
const sockets = new Set<WebSocket>();

function onMessage(this: WebSocket, _message: Buffer, isBinary: boolean): void {
  if (!isBinary) return;
  const { graceMs } = LINK_LIMITS;
  this.send(
    encodeWelcome({ version: PROTOCOL_VERSION, resumed: false, session: crypto.randomUUID(), received: 0, graceMs }),
  );
}

function onClose(this: WebSocket): void {
  sockets.delete(this);
}

function onError(this: WebSocket): void {} // `close` follows

function serve(): void {
  const tls = TLS_CERT !== undefined && TLS_KEY !== undefined;
  const server = tls
    ? createSecureServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) })
    : createServer();
  const endpoints = { websocket: `${PUBLIC_URL.replace('http', 'ws')}/` };
  server.on('request', (request, response) => {
    request.resume();
    response.end(JSON.stringify({ endpoints, sessionToken: 'x'.repeat(300) }));
  });
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
  server.on('upgrade', (request, socket, head) =>
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      sockets.add(webSocket);
      webSocket.on('message', onMessage).on('close', onClose).on('error', onError);
    }),
  );
  setInterval(() => sockets.forEach((socket) => socket.ping()), 1.5 * LINK_LIMITS.pingMs).unref();
  server.listen(Number(PORT));
  process.on('SIGTERM', () => process.exit());
}

if (process.argv[2] === 'token') console.log(JSON.stringify({ access_token: 'none' }));
else serve();
