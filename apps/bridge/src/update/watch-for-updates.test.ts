import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { tellOfUpdate } from './watch-for-updates.ts';

const HOUR_MS = 60 * 60_000;

/** A relay of this version; undefined = one from before relays told it. */
async function startRelay(t: TestContext, version: string | undefined) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const clientIds = { web: 'w', bridge: 'b' };
    response.end(JSON.stringify({ issuer: 'https://i.example', audience: 'a', clientIds, embedded: true, version }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const directory = await mkdtemp(join(tmpdir(), 'update-test-'));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });
  const told: string[] = [];
  const relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { requests, told, directory, options: { relay, directory, tell: (line: string) => void told.push(line) } };
}

test('tells of a newer version once a day, across starts', async (t) => {
  const { told, requests, options } = await startRelay(t, '0.2.0');
  const start = Date.parse('2026-11-28T00:00:00Z');
  for (const hours of [0, 1, 23, 24, 30]) await tellOfUpdate(options, start + hours * HOUR_MS, '0.1.0');
  assert.equal(told.length, 2);
  assert.match(told[0] ?? '', /0\.2\.0 \(this is 0\.1\.0\)/);
  assert.deepEqual(requests, ['/api/auth/config', '/api/auth/config'], 'nothing else, and not when it was told');
});

test('says nothing when there is nothing newer, or the relay does not tell', async (t) => {
  for (const version of ['0.1.0', '0.0.9', undefined, 'nonsense']) {
    const { told, options } = await startRelay(t, version);
    await tellOfUpdate(options, Date.now(), '0.1.0');
    assert.deepEqual(told, [], String(version));
  }
});

test('tells again when what it kept is damaged or from the future', async (t) => {
  for (const kept of ['nonsense', '{}', JSON.stringify({ toldAt: Date.now() + 1000 * HOUR_MS })]) {
    const { told, directory, options } = await startRelay(t, '0.2.0');
    await writeFile(join(directory, 'update-check.json'), kept);
    await tellOfUpdate(options, Date.now(), '0.1.0');
    assert.equal(told.length, 1, kept);
  }
});
