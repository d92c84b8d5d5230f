import { once } from 'node:events';
import { decodeWelcome, encodeHello, PROTOCOL_VERSION } from '@cloudtolocalllm/protocol';
import { Pool } from 'undici';
import { WebSocket } from 'ws';
import { serveCalls } from './remote-process.ts';

/** Running at the same time: as after a relay's restart, when back-off has spread the bridges a little. */
const CONNECTING = 64;
const REGISTERING = 32;

interface Registration {
  websocket: string;
  sessionToken: string;
}

const sockets = new Set<WebSocket>();
const registrations: Registration[] = [];
/** Why connections have ended by themselves. */
const losses: string[] = [];

async function inParallel(times: number, width: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < times) await run(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Connects as a bridge does, up to its first report. */
async function connect({ websocket, sessionToken }: Registration, ca: string | undefined): Promise<void> {
  const socket = new WebSocket(websocket, {
    headers: { authorization: `Bearer ${sessionToken}` },
    perMessageDeflate: false,
    ca,
  });
  sockets.add(socket);
  await once(socket, 'open');
  socket.send(encodeHello({ version: PROTOCOL_VERSION, instance: crypto.randomUUID(), received: 0 }));
  const [welcome] = (await once(socket, 'message')) as [Buffer]; // as: ws gives Buffers unless told otherwise
  decodeWelcome(welcome);
  const engine = { kind: 'ollama', version: '0.12.0' };
  const payload = { ollamaStatus: 'connected', models: ['llama3.2:1b', 'codellama:7b'], systemLoad: 0.15, engine };
  socket.send(
    JSON.stringify({ type: 'status_update', id: crypto.randomUUID(), timestamp: new Date().toISOString(), payload }),
  );
  socket.on('close', (code, reason) => {
    if (sockets.has(socket)) losses.push(`${code} ${reason.toString()}`);
  });
}

const calls = {
  /** Registers bridges; `ca` is the certificate of a relay with TLS, in PEM. */
  async register(origin: string, accessToken: string, count: number, ca?: string): Promise<void> {
    const pool = new Pool(origin, { connections: REGISTERING, connect: { ...(ca && { ca }) } });
    await inParallel(count, REGISTERING, async () => {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/api/bridge/register',
        headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          clientId: crypto.randomUUID(),
          platform: 'linux',
          version: '0.1.0',
          capabilities: ['ollama', 'streaming'],
        }),
      });
      const answer = await body.text();
      if (statusCode !== 200) throw new Error(`POST /api/bridge/register answered ${statusCode}: ${answer}`);
      const { endpoints, sessionToken } = JSON.parse(answer); // the specification's answer
      registrations.push({ websocket: endpoints.websocket, sessionToken });
    });
    await pool.close();
  },

  /** Connects this many of the registered bridges, from the first; returns the seconds until all were welcomed. */
  async connect(count: number, ca?: string): Promise<number> {
    const since = performance.now();
    await inParallel(count, CONNECTING, (index) => connect(registrations[index]!, ca)); // the caller registered them
    return (performance.now() - since) / 1000;
  },

  losses: (): string[] => losses,

  async disconnect(): Promise<void> {
    const all = [...sockets];
    sockets.clear();
    await Promise.all(
      all.map((socket) => {
        socket.close(1000);
        return once(socket, 'close');
      }),
    );
  },
};
export type FakeBridgesCalls = typeof calls;

serveCalls(calls);
