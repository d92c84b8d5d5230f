import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TrayIcon } from './tray-icon.ts';
import { trayMenu } from './tray-menu.ts';

const ICONS = { online: 'A', connecting: 'B', 'engine-down': 'C', offline: 'D' };
const view = {
  state: 'online',
  detail: '2 models',
  pause: { isOn: false, since: undefined },
  relay: 'https://relay.example',
} as const;

/** An icon whose program is a shell script of the test: systray2's own is in e2e/bridge-tray.test.ts. */
async function start(t: TestContext, script: string) {
  const directory = await mkdtemp(join(tmpdir(), 'bridge-icon-'));
  const path = join(directory, 'program');
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const clicked: string[] = [];
  const menu = trayMenu(view, ICONS);
  const icon = new TrayIcon({
    path,
    env: { OUT: join(directory, 'out') },
    menu,
    clicked: (id) => void clicked.push(id),
  });
  t.after(async () => {
    icon[Symbol.dispose]();
    await icon.ended;
    await rm(directory, { recursive: true });
  });
  return { icon, clicked, heard: () => readFile(join(directory, 'out'), 'utf8') };
}

const READY = `echo '{"type":"ready"}'; read -r menu`;

test('shows its menu when the program is ready, and then what changes in it', async (t) => {
  const { icon, heard } = await start(
    t,
    `${READY}; echo "$menu" > "$OUT"; echo '{"type":"clicked","__id":1}'; head -n 3 >> "$OUT"`,
  );
  icon.update(trayMenu({ ...view, detail: '3 models' }, ICONS)); // before it is ready: part of the menu
  const until = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    void heard().then(
      (text) => text.includes('Quit') && until.resolve(),
      () => {},
    );
  }, 10);
  await until.promise;
  clearInterval(timer);
  icon.update(trayMenu({ ...view, state: 'offline', detail: 'x', pause: { isOn: true, since: 1 } }, ICONS));
  const { wasShown, reason } = await icon.ended;
  assert.deepEqual([wasShown, reason], [true, 'it ended with 0']);
  const [menu, ...updates] = (await heard())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const { icon: picture, items } = menu as { icon: string; items: { title: string; __id: number; enabled: boolean }[] };
  assert.equal(picture, 'A');
  assert.deepEqual(
    items.map((item) => [item['__id'], item.title, item.enabled]),
    [
      [1, 'Online: 3 models', false],
      [2, 'Pause', true],
      [3, '<SEPARATOR>', false],
      [4, 'Open chat', true],
      [5, 'Open status', true],
      [6, '<SEPARATOR>', false],
      [7, 'Quit (the bridge goes on)', true],
    ],
  );
  assert.deepEqual(
    updates.map(({ type }) => type),
    ['update-menu', 'update-item', 'update-item'],
  );
});

test('hears presses on what can be pressed, and nothing else that it is told', async (t) => {
  const lines = [
    'garbage',
    '[]',
    '{"type":"clicked"}',
    '{"type":"clicked","__id":"2"}',
    ...[0, 1, 3, 8, -1, 99999].map((id) => `{"type":"clicked","__id":${id}}`),
    '{"type":"clicked","__id":2,"item":{"title":"Quit"}}',
    '{"type":"clicked","__id":7}',
  ];
  const { icon, clicked } = await start(t, `${READY}\n${lines.map((line) => `echo '${line}'`).join('\n')}`);
  await icon.ended;
  assert.deepEqual(clicked, ['pause', 'quit']);
});

test('ends a program that raves, and says why one ended by itself', async (t) => {
  const raving = await start(t, `${READY}; while :; do echo '{"type":"clicked","__id":2}'; done`);
  assert.deepEqual(await raving.icon.ended, { wasShown: true, reason: 'it said too much' });
  assert.ok(raving.clicked.length <= 50);
  const failing = await start(t, 'echo "cannot open display" >&2; exit 1');
  assert.deepEqual(await failing.icon.ended, { wasShown: false, reason: 'cannot open display' });
  const killed = await start(t, `${READY}; kill -9 $$`);
  assert.deepEqual(await killed.icon.ended, { wasShown: true, reason: 'it ended with SIGKILL' });
  const absent = new TrayIcon({ path: '/does/not/exist', env: {}, menu: trayMenu(view, ICONS), clicked() {} });
  assert.equal((await absent.ended).wasShown, false);
});
