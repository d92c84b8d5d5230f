import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { RelayApiError } from '../relay-api.ts';
import { renewInChild } from './renew-in-child.ts';

/** An issuer that answers the token request as the test says, and notes its refresh tokens. */
async function startIssuer(t: TestContext, answer: (response: ServerResponse) => void) {
  const sent: (string | null)[] = [];
  const hear = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      return void response.end(JSON.stringify({ issuer, token_endpoint: `${issuer}/token` }));
    }
    sent.push(new URLSearchParams(await text(request)).get('refresh_token'));
    answer(response);
  };
  const server = createServer((request, response) => void hear(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as: it listens on TCP
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { request: { issuer, clientId: 'bridge', refreshToken: 'refresh 0' }, sent };
}

test('renews in a process of its own, which has no part in this one', async (t) => {
  const { request, sent } = await startIssuer(t, (response) =>
    response.end('{"access_token":"new","refresh_token":"refresh 1","token_type":"bearer","expires_in":3600}'),
  );
  const before = Date.now();
  const { accessTokenExpires, ...tokens } = await renewInChild(request);
  assert.deepEqual(tokens, { accessToken: 'new', refreshToken: 'refresh 1' });
  assert.ok(accessTokenExpires >= before + 3_600_000 && accessTokenExpires <= Date.now() + 3_600_000);
  assert.deepEqual(sent, ['refresh 0']);
});

test('tells a sign-out from an issuer that is out of order or away', async (t) => {
  const refusing = await startIssuer(t, (response) => response.writeHead(400).end('{"error":"invalid_grant"}'));
  await assert.rejects(renewInChild(refusing.request), { code: 'not_signed_in', message: /signed out/ });
  const mayGoBetter = (error: unknown): boolean => error instanceof RelayApiError && error.shouldRetry();
  const broken = await startIssuer(t, (response) => response.writeHead(502).end('<html>'));
  await assert.rejects(renewInChild(broken.request), mayGoBetter);
  await assert.rejects(renewInChild({ ...broken.request, issuer: 'http://127.0.0.1:1' }), mayGoBetter);
});
