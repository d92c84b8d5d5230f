import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { WebSocket as NodeWebSocket, WebSocketServer } from 'ws';
import { ApiError } from './api-error.ts';
import { createClient } from './client.ts';
import { newWebSocket, type WebSocketConstructor } from './web-socket.ts';

describe('the WebSocket of a client', () => {
  it('may be that of the ws package', async (t) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'c2l.v1' });
    t.after(() => server.close());
    await once(server, 'listening');
    server.on('connection', (socket) => socket.send('{"type":"ready","id":"e-1","payload":{"missed":false}}'));
    const made: string[] = [];
    class Counted extends NodeWebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        made.push(url);
      }
    }
    const address = server.address();
    const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const client = createClient({ baseUrl, token: 'token', webSocket: Counted });
    const events = client.realtime.status('ada');
    assert.deepEqual((await events.next()).value, { type: 'refetch' });
    const waiting = events.next();
    await events.return();
    assert.equal((await waiting).done, true);
    assert.deepEqual(made, [`${baseUrl.replace('http', 'ws')}/ws/status/ada`]);
  });

  it('may be that of a browser', () => {
    const own: WebSocketConstructor = WebSocket;
    assert.equal(own, globalThis.WebSocket);
  });

  it('is asked for by name where the runtime has none', async (t) => {
    const own = globalThis.WebSocket;
    t.after(() => Object.assign(globalThis, { WebSocket: own }));
    Object.assign(globalThis, { WebSocket: undefined });
    const client = createClient({ baseUrl: 'http://127.0.0.1:9', token: 'token' });
    await assert.rejects(client.realtime.status('ada').next(), (error: unknown) => {
      assert.ok(error instanceof ApiError && error.code === 'no_web_socket');
      return /`webSocket`.*`ws` package.*Node 22/.test(error.message);
    });
  });

  it('does not tell the token when it cannot be made', () => {
    assert.throws(
      () => newWebSocket(undefined, 'ws://127.0.0.1:9', ['bearer.secret/token=']),
      (error: unknown) => error instanceof ApiError && !inspect(error, { depth: 10 }).includes('secret'),
    );
  });
});
