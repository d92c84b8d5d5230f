import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { BridgeError } from '../bridge-error.ts';
import type { PageSource } from './bridge-view.ts';
import { streamEvents } from './event-stream.ts';
import { CODE_LIFE_MS, OpeningCodes } from './opening-codes.ts';
import { clearPageFile, writePageFile } from './page-file.ts';
import { readPageFiles } from './page-files.ts';
import { refuseForeign, refuseStranger, type Refusal } from './page-guard.ts';
import { peerOwner } from './peer-owner.ts';

/** A person has some tabs and a tray; more is somebody who wants to use this computer up. */
const MAX_CONNECTIONS = 64;
const MAX_LISTENERS = 16;
const MAX_HEADER_BYTES = 8 * 1024;
/** Of a body; the largest that is asked for is a code. */
const MAX_BODY_BYTES = 1024;

/** In milliseconds. */
interface PageTimings {
  /** From the first byte to the last of a request's head, and of all of it: nothing comes from afar. */
  headMs: number;
  requestMs: number;
  /** Between requests on a connection. */
  idleMs: number;
  /** Between looks at who is too slow: each wakes a computer that may be asleep on its battery. */
  lookMs: number;
}
const TIMINGS: PageTimings = { headMs: 5_000, requestMs: 10_000, idleMs: 5_000, lookMs: 10_000 };

/** Nothing from elsewhere, nothing inline, in nobody's frame; what is asked stays out of every cache. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const codeBody = z.object({ code: z.string().max(100) });

export interface StatusPageOptions {
  /** Where its address and token are kept for this person's other programs. */
  directory: string;
  /** 0 = any free one. */
  port: number;
  source: PageSource;
  /** A fault of our own, for the log. */
  fault(error: unknown): void;
  timings?: PageTimings;
}

/** The bridge's status page on this computer's loopback address, with the API that it and the tray use. */
export class StatusPage implements Disposable {
  readonly port: number;
  readonly #options: StatusPageOptions;
  readonly #server: Server;
  readonly #token = randomBytes(32).toString('base64url');
  readonly #codes = new OpeningCodes();
  readonly #files = readPageFiles();
  #listeners = 0;

  private constructor(options: StatusPageOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    this.port = (server.address() as AddressInfo).port; // as: it listens on TCP
    server.on('error', (error) => options.fault(error));
    server.on('request', (request, response) => {
      this.#serve(request, response).catch((error: unknown) => this.#failed(response, error));
    });
    writePageFile(options.directory, { pid: process.pid, port: this.port, token: this.#token });
  }

  /** Throws BridgeError when the port is taken. */
  static async start(options: StatusPageOptions): Promise<StatusPage> {
    const { headMs, requestMs, idleMs, lookMs } = options.timings ?? TIMINGS;
    const server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: lookMs,
    });
    server.maxConnections = MAX_CONNECTIONS;
    try {
      await once(server.listen(options.port, '127.0.0.1'), 'listening');
    } catch (cause) {
      throw new BridgeError(
        'failed',
        `Cannot open the status page: port ${options.port} is taken. Choose another one with --status-port, or --no-status-page`,
        { cause },
      );
    }
    try {
      return new StatusPage(options, server);
    } catch (error) {
      server.close();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    clearPageFile(this.#options.directory);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const { method = '', url = '' } = request;
    const foreign = refuseForeign(request, this.port);
    if (foreign) return refuse(response, foreign);
    const file = this.#files.get(url);
    if (file) {
      if (method !== 'GET' && method !== 'HEAD') return refuse(response, WRONG_METHOD);
      response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length });
      return void response.end(method === 'HEAD' ? undefined : file.body);
    }
    if (`${method} ${url}` === 'POST /api/token') return this.#exchange(request, response);
    const stranger = refuseStranger(request, this.#token);
    if (stranger) return refuse(response, stranger);
    this.#call(`${method} ${url}`, response);
  }

  #call(call: string, response: ServerResponse): void {
    const { source } = this.#options;
    switch (call) {
      case 'GET /api/state':
        return answer(response, 200, source.view());
      case 'GET /api/events':
        return this.#stream(response);
      case 'POST /api/pause':
        source.pause();
        return answer(response, 200, source.view());
      case 'POST /api/resume':
        source.resume();
        return answer(response, 200, source.view());
      case 'POST /api/code':
        return answer(response, 200, { code: this.#codes.make(), expiresInSeconds: CODE_LIFE_MS / 1000 });
      default:
        return answer(response, 404, { error: 'There is nothing here.' });
    }
  }

  #stream(response: ServerResponse): void {
    if (this.#listeners >= MAX_LISTENERS) return answer(response, 429, { error: 'Too many tabs show this page.' });
    this.#listeners++;
    response.on('close', () => this.#listeners--);
    streamEvents(response, this.#options.source);
  }

  /** A code, once, for the token. */
  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const owner = await peerOwner(request.socket);
    // A stranger's try does not use the code up.
    if (owner !== undefined && owner !== process.getuid?.()) {
      return answer(response, 401, { error: 'This link is for another user of this computer.' });
    }
    const given = codeBody.safeParse(body);
    if (given.success && this.#codes.use(given.data.code)) return answer(response, 200, { token: this.#token });
    answer(response, 401, { error: 'This link was used already, or is too old.' });
  }

  #failed(response: ServerResponse, error: unknown): void {
    this.#options.fault(error);
    if (response.headersSent) return void response.destroy();
    answer(response, 500, { error: 'The bridge could not do this: see its output.' });
  }
}

const WRONG_METHOD: Refusal = { status: 405, message: 'This can only be fetched.' };

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  answer(response, status, { error: message });
}

function answer(response: ServerResponse, status: number, value: object): void {
  // What was not read of a body is not read any more.
  if (status >= 400) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

/** The body as JSON; undefined when it is none, too long or cut off. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += (chunk as Buffer).length; // as: no encoding is set
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk as Buffer); // the rest is read, not kept: for as long as a request may take
    }
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
