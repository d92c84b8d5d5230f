import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Account } from '../account.ts';
import { readConfig } from '../config.ts';
import type { Credentials } from '../credentials.ts';
import { reportText } from './report.ts';

test('names nobody: neither by what the relay calls a person now, nor by what it called them at the sign-in', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'bridge-report-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const config = readConfig({ CLOUDTOLOCALLLM_HOME: home });
  const credentials: Credentials = {
    relay: 'https://relay.example',
    clientId: 'client',
    issuer: 'https://issuer.example',
    oidcClientId: 'bridge',
    secrets: 'file',
    user: 'Jane Doe',
    accessToken: 'opaque-access-token',
    refreshToken: 'opaque-refresh-token',
    accessTokenExpires: 0,
  };
  const found = 'as Janet Roe (u-1234567), was Jane Doe; opaque-access-token opaque-refresh-token';
  const text = await reportText([{ id: 'sign-in', title: 'Sign-in', status: 'ok', found }], {
    config,
    running: undefined,
    account: new Account(home, credentials),
    userId: 'u-1234567',
    userName: 'Janet Roe',
  });
  assert.match(text, /as \[user\] \(\[user\]\), was \[user\]; \[secret\] \[secret\]/);
  assert.doesNotMatch(text, /Jane|Doe|Roe|opaque/);
});
