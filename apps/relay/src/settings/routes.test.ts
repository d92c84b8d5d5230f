import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  apiError,
  DEFAULT_SETTINGS,
  settingsAnswer,
  settingsChanged,
  type UpdateSettingsRequest,
} from '@cloudtolocalllm/protocol';
import type { UserEvent } from '../fabric/user-events.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';

async function read({ call }: TestRelay, token?: string) {
  const response = await call('/api/settings', token === undefined ? {} : { token });
  assert.equal(response.status, 200);
  return settingsAnswer.parse(await response.json()).settings;
}

async function change({ call }: TestRelay, body: UpdateSettingsRequest) {
  const response = await call('/api/settings', { method: 'PATCH', body });
  assert.equal(response.status, 200, await response.clone().text());
  return settingsChanged.parse(await response.json()).settings;
}

/** A relay whose local user's settings are stored as this text. */
async function withStored(t: TestContext, settings: string) {
  const relay = await startTestRelay(t);
  const row = { user_id: relay.context.issuer!.user.id, settings, changed: new Date().toISOString() };
  await relay.context.database.kysely.insertInto('user_settings').values(row).execute();
  return relay;
}

test('whoever has chosen nothing has the defaults, and a change keeps the rest', async (t) => {
  const relay = await startTestRelay(t);
  assert.deepEqual(await read(relay), DEFAULT_SETTINGS);
  const changed = await change(relay, {
    theme: 'dark',
    systemPrompt: 'Be brief.',
    options: { temperature: 0.2, num_ctx: 4096 },
    notifications: { answers: true },
  });
  const expected = {
    ...DEFAULT_SETTINGS,
    theme: 'dark' as const,
    systemPrompt: 'Be brief.',
    options: { temperature: 0.2, num_ctx: 4096 },
    notifications: { answers: true, computers: false },
  };
  assert.deepEqual(changed, expected);
  await change(relay, { notifications: { computers: true }, options: { seed: 1 } });
  assert.deepEqual(await read(relay), {
    ...expected,
    options: { seed: 1 },
    notifications: { answers: true, computers: true },
  });
});

test('null resets a field to its default', async (t) => {
  const relay = await startTestRelay(t);
  await change(relay, { theme: 'light', defaultModel: 'm', notifications: { answers: true }, guideDone: true });
  const changed = await change(relay, { theme: null, defaultModel: null, notifications: null });
  assert.deepEqual(changed, { ...DEFAULT_SETTINGS, guideDone: true });
  assert.deepEqual(await read(relay), changed);
});

test('changes at the same time are all made', async (t) => {
  const relay = await startTestRelay(t);
  await Promise.all([
    change(relay, { theme: 'dark' }),
    change(relay, { textSize: 'large' }),
    change(relay, { language: 'de' }),
    change(relay, { sendKey: 'mod-enter' }),
  ]);
  const { theme, textSize, language, sendKey } = await read(relay);
  assert.deepEqual([theme, textSize, language, sendKey], ['dark', 'large', 'de', 'mod-enter']);
});

test('what is not a setting is refused and changes nothing', async (t) => {
  const relay = await startTestRelay(t);
  const refused: [body: unknown, field: string][] = [
    [{ theme: 'pink' }, 'theme'],
    [{ textSize: 12 }, 'textSize'],
    [{ defaultModel: 'm'.repeat(201) }, 'defaultModel'],
    [{ systemPrompt: 'p'.repeat(200_001) }, 'systemPrompt'],
    [{ options: { temperature: 11 } }, 'options.temperature'],
    [{ options: { unknown: 1 } }, 'options'],
    [{ notifications: { answers: 'yes' } }, 'notifications.answers'],
    [{ theme: 'dark', guideDone: 'no' }, 'guideDone'],
  ];
  for (const [body, field] of refused) {
    const response = await relay.call('/api/settings', { method: 'PATCH', body });
    const { error, details = {} } = apiError.parse(await response.json());
    assert.equal(error, 'validation_failed', field);
    assert.ok(field in details, `${field}: ${JSON.stringify(details)}`);
  }
  assert.deepEqual(await read(relay), DEFAULT_SETTINGS);
});

test('what another version stored otherwise falls back to defaults, field by field', async (t) => {
  const stored = {
    theme: 'sepia',
    language: 'de',
    notifications: { answers: 'yes' },
    options: { old: 1 },
    later: true,
  };
  const relay = await withStored(t, JSON.stringify(stored));
  assert.deepEqual(await read(relay), { ...DEFAULT_SETTINGS, language: 'de' });
  assert.deepEqual(await change(relay, { sendKey: 'mod-enter' }), {
    ...DEFAULT_SETTINGS,
    language: 'de',
    sendKey: 'mod-enter',
  });
});

for (const text of ['', 'nonsense', '[]', 'null', '7']) {
  test(`settings that are stored as ${JSON.stringify(text)} are the defaults`, async (t) => {
    assert.deepEqual(await read(await withStored(t, text)), DEFAULT_SETTINGS);
  });
}

test('settings are of one person, and their devices alone are told of a change', async (t) => {
  const relay = await startTestRelay(t);
  const { events, issuer } = relay.context;
  const told: [string, UserEvent][] = [];
  for (const id of [issuer!.user.id, 'user-second']) {
    const listening = events.subscribe(id, (event) => told.push([id, event]));
    t.after(() => listening[Symbol.dispose]());
  }
  await change(relay, { theme: 'dark' });
  assert.deepEqual(told, [[issuer!.user.id, { type: 'settings' }]]);
  assert.deepEqual(await read(relay, await relay.tokenFor('user-second')), DEFAULT_SETTINGS);
});
