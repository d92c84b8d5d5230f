import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  CONTROL_MESSAGE,
  encodeControl,
  StreamMessages,
  writeStreamMessage,
  type Configure,
  type WorkerFigures,
  type WorkerLimits,
  type WorkerReport,
} from '@cloudtolocalllm/protocol/worker';
import { Worker } from './worker.ts';

/** The relay's end of one side: messages in and out, as bytes. */
export class FarEnd {
  readonly socket: Socket;
  /** Of the link; control messages are read into `reports`. */
  readonly messages: Buffer[] = [];
  readonly reports: WorkerReport[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    const stream = new StreamMessages({
      message: (bytes, start, end) => {
        const message = Buffer.from(bytes.subarray(start, end));
        // as: the worker under test says it
        if (message[0] === CONTROL_MESSAGE) this.reports.push(JSON.parse(message.toString('utf8', 1)) as WorkerReport);
        else this.messages.push(message);
      },
    });
    socket.on('data', (chunk: Buffer) => stream.push(chunk)).on('error', () => undefined);
  }

  get figures(): WorkerFigures | undefined {
    const last = this.reports.at(-1);
    return last?.type === 'figures' ? last.figures : undefined;
  }

  send(message: Buffer): void {
    writeStreamMessage(this.socket, message);
  }
}

export interface TestWorker {
  client: FarEnd;
  bridge: FarEnd;
  /** What the worker ended with, each time that it said so. */
  ends: (Error | undefined)[];
  /** Resolves when the condition holds; it is asked after each chunk that arrives. */
  until(condition: () => boolean): Promise<void>;
}

/** A worker in this process, over real sockets. */
export async function startTestWorker(t: TestContext, limits: WorkerLimits = {}): Promise<TestWorker> {
  const folder = await mkdtemp(join(tmpdir(), 'test-worker-'));
  const path = join(folder, 'side.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const accepted: Socket[] = [];
  server.on('connection', (socket) => accepted.push(socket));
  const ends: (Error | undefined)[] = [];
  const wakes = new Set<() => void>();
  const wake = (): void => wakes.forEach((check) => check());
  const opened: Socket[] = [];
  const open = (onread: Parameters<ConstructorParameters<typeof Worker>[0]['clientSide']>[0]): Socket => {
    const socket = connect({ path, onread });
    opened.push(socket);
    return socket;
  };
  const worker = new Worker({
    clientSide: open,
    bridgeSide: open,
    ended: (error) => {
      ends.push(error);
      wake();
    },
  });
  void worker;
  while (accepted.length < 2) await once(server, 'connection');
  // as: both are there; connections are accepted in order
  const [client, bridge] = accepted.map((socket) => new FarEnd(socket)) as [FarEnd, FarEnd];
  for (const socket of accepted) socket.on('data', wake).on('close', wake);
  t.after(async () => {
    for (const socket of [...opened, ...accepted]) socket.destroy();
    server.close();
    await rm(folder, { recursive: true });
  });
  const configure: Configure = { type: 'configure', limits, figuresEveryMs: 5 };
  client.send(encodeControl(CONTROL_MESSAGE, configure));
  return {
    client,
    bridge,
    ends,
    until: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          wakes.delete(check);
          resolve();
        };
        wakes.add(check);
        check();
      }),
  };
}
