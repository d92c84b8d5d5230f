import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net, { type IpcNetConnectOpts, type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { Readable } from 'node:stream';

/** Runs before the worker's own program and makes it misbehave when it is asked for one of these paths. */
const MISDEEDS: Readonly<Record<string, () => void>> = {
  '/test/hog-bytes': hogBytes,
  '/test/hog-objects': hogObjects,
  '/test/burn': burn,
  '/test/hang': hang,
  '/test/throw': throwSomething,
  '/test/read': () => readFileSync('/etc/hostname'),
  '/test/spawn': () => spawnSync('true'),
};

const CHUNK_BYTES = 4 * 1024 * 1024;
const STEP_MS = 5;
const kept: unknown[] = [];

function look(chunk: unknown): void {
  if (!(chunk instanceof Uint8Array)) return;
  // The path stands in its frame as it is.
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (const [path, misdeed] of Object.entries(MISDEEDS)) if (bytes.includes(path)) setImmediate(misdeed);
}

/** Whatever a stream receives passes here, unless it reads into a buffer of its own. */
Socket.prototype.push = function push(this: Socket, chunk: unknown, encoding?: BufferEncoding): boolean {
  look(chunk);
  return Readable.prototype.push.call(this, chunk, encoding);
};

function watched<Options extends { onread?: OnReadOpts }>(options: Options): Options {
  const { onread } = options;
  if (onread === undefined) return options;
  const callback: OnReadOpts['callback'] = (bytes, buffer) => {
    look(buffer.subarray(0, bytes));
    return onread.callback(bytes, buffer);
  };
  return { ...options, onread: { ...onread, callback } };
}

const { connect } = net;
net.Socket = class extends Socket {
  constructor(options: SocketConstructorOpts = {}) {
    super(watched(options));
  }
};
// as: of its many forms the worker uses this one
net.connect = ((options: IpcNetConnectOpts) => connect(watched(options))) as typeof connect;
// What is imported by name from now on is this.
syncBuiltinESMExports();

/** Memory outside of V8's heap: what the system has to hold it to. */
function hogBytes(): void {
  setInterval(() => kept.push(Buffer.alloc(CHUNK_BYTES, 1)), STEP_MS);
}

/** Memory in V8's heap, which has a limit of its own. */
function hogObjects(): void {
  setInterval(() => {
    for (let index = 0; index < 20_000; index++) kept.push({ index, text: `object ${index}` });
  }, STEP_MS);
}

/** Whatever time it gets, with the event loop turning. */
function burn(): void {
  const until = performance.now() + STEP_MS;
  while (performance.now() < until);
  setImmediate(burn);
}

/** No turn of the event loop any more: it doesn't notice that its streams have closed. */
function hang(): void {
  while (performance.now() >= 0);
}

function throwSomething(): void {
  throw new Error('This worker was asked to fail');
}
