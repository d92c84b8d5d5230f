import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createLogger, logRequest } from '../../apps/relay/src/logger.ts';
import { expectNoneRefused, refusedInLog } from './refused-in-log.ts';

/** The log of a relay that has answered with these. */
async function logOf(t: TestContext, statuses: readonly number[]): Promise<string> {
  let text = '';
  const log = createLogger({ logLevel: 'info' }, { write: (line) => void (text += line) });
  for (const statusCode of statuses) {
    const request = { id: 'req_429', method: 'GET', originalUrl: '/api/me/429', user: { id: 'user_1' } };
    // as: of both, logRequest reads no more than this
    logRequest(log, request as Parameters<typeof logRequest>[1], { statusCode, elapsedTime: 429 } as never);
  }
  const directory = await mkdtemp(join(tmpdir(), 'c2l-log-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'relay.log');
  await writeFile(file, text);
  return file;
}

test('finds the refused requests in a log that the relay has written', async (t) => {
  const file = await logOf(t, [200, 429, 200, 429, 503]);
  assert.equal(await refusedInLog(file), 2);
  await assert.rejects(expectNoneRefused(file), /holds 2 answers with status 429/);
});

test('nothing else with that number in it is a refusal', async (t) => {
  const file = await logOf(t, [200, 404]);
  assert.equal(await refusedInLog(file), 0);
  await expectNoneRefused(file);
});
