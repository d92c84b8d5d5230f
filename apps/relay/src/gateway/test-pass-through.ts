import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Exchange, ExchangeReceiver, ExchangeRequest, Link, ResetCode } from '@cloudtolocalllm/protocol';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import { dialectError, dialectOf } from './dialect.ts';
import type { Ticker, Ticking } from './keep-alive-ticker.ts';
import { PassThrough } from './pass-through.ts';

/** Time passes when the test says so. */
export class ManualTicker implements Ticker {
  readonly members = new Set<Ticking>();

  add(member: Ticking): void {
    this.members.add(member);
  }

  delete(member: Ticking): void {
    this.members.delete(member);
  }

  pass(ticks: number): void {
    for (let tick = 0; tick < ticks; tick++) for (const member of this.members) member.tick();
  }
}

/** A request that has arrived at the engine; what it answers goes to `receiver`, as from a link. */
export interface Arrived {
  request: ExchangeRequest;
  receiver: Required<ExchangeReceiver>;
  /** Resolves when the request's body has been sent on. */
  ended: Promise<void>;
  /** Why the relay gave it up, once for each time. */
  resets: ResetCode[];
  /** The body's bytes that the relay took from the client. */
  bytes: number;
  /** What `write` says: false stops the client. */
  takes: boolean;
}

export interface TestPassThrough {
  ticker: ManualTicker;
  url: string;
  port: number;
  /** Of clients, as they connected. */
  sockets: readonly Socket[];
  /** The next request that arrives. */
  arrival(): Promise<Arrived>;
}

/** A server that passes every request on, by its path as it is, to an engine that the test plays: `over` a link, or at once. */
export async function startPassThrough(t: TestContext, { over }: { over?: Link } = {}): Promise<TestPassThrough> {
  const ticker = new ManualTicker();
  const arrived: Arrived[] = [];
  const waiting: ((one: Arrived) => void)[] = [];
  const open = (request: ExchangeRequest, receiver: ExchangeReceiver): Exchange => {
    const ended = Promise.withResolvers<void>();
    // as: a PassThrough receives everything that there is
    const whole = receiver as Required<ExchangeReceiver>;
    const one: Arrived = { request, receiver: whole, ended: ended.promise, resets: [], bytes: 0, takes: true };
    const waiter = waiting.shift();
    if (waiter) waiter(one);
    else arrived.push(one);
    return {
      id: 1,
      head() {},
      write(chunk) {
        one.bytes += chunk.length;
        return one.takes;
      },
      end: () => ended.resolve(),
      reset: (code) => void one.resets.push(code),
      consumed() {},
    };
  };
  const link = {
    bridgeId: 'bridge-1',
    name: 'study',
    open: over?.open.bind(over) ?? open,
  } as Partial<BridgeLink> as BridgeLink; // as: all that is used
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    response.setHeader('x-request-id', 'req-1');
    PassThrough.begin({
      link,
      path,
      request,
      response,
      ticker,
      fail: (error) =>
        response
          .writeHead(error.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(dialectError(dialectOf(path), error, 'req-1'))),
    });
  });
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => void sockets.push(socket));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  return {
    ticker,
    port,
    sockets,
    url: `http://127.0.0.1:${port}`,
    arrival: () =>
      new Promise((resolve) => {
        const one = arrived.shift();
        if (one) resolve(one);
        else waiting.push(resolve);
      }),
  };
}
