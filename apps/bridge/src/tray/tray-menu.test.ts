import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trayMenu, type TrayMenu } from './tray-menu.ts';

const ICONS = { online: 'A', connecting: 'B', 'engine-down': 'C', offline: 'D' };
const OFF = { isOn: false, since: undefined };
const view = { state: 'online', detail: '2 models', pause: OFF, relay: 'https://relay.example' } as const;

const enabled = ({ items }: TrayMenu): string[] => items.filter(({ isEnabled }) => isEnabled).map(({ title }) => title);

test('says the state by icon and in words', () => {
  const cases = [
    [view, 'A', 'Online: 2 models'],
    [{ ...view, state: 'connecting', detail: 'r' }, 'B', 'Connecting: r'],
    [{ ...view, state: 'engine-down', detail: 'e' }, 'C', 'No engine: e'],
    [{ ...view, state: 'offline', detail: 'o' }, 'D', 'Offline: o'],
    [
      { ...view, state: 'offline', detail: 'paused by you', pause: { isOn: true, since: 1 } },
      'D',
      'Paused: paused by you',
    ],
    [undefined, 'D', 'Not running: start the bridge with: cloudtolocalllm up'],
  ] as const;
  for (const [shown, icon, words] of cases) {
    const menu = trayMenu(shown, ICONS);
    assert.deepEqual([menu.icon, menu.items[0]?.title], [icon, words]);
    assert.equal(menu.tooltip, `CloudToLocalLLM – ${words}`);
    assert.equal(menu.items.length, 7, 'lines are changed, none is added');
  }
});

test('offers what can be done now', () => {
  assert.deepEqual(enabled(trayMenu(view, ICONS)), ['Pause', 'Open chat', 'Open status', 'Quit (the bridge goes on)']);
  const paused = { ...view, state: 'offline', pause: { isOn: true, since: 1 } } as const;
  assert.equal(enabled(trayMenu(paused, ICONS))[0], 'Resume');
  assert.deepEqual(enabled(trayMenu(undefined, ICONS)), ['Quit']);
});

test('shows a relay that talks too much in one short line', () => {
  const menu = trayMenu({ ...view, detail: `\u001B[31m${'x'.repeat(5000)}\n` }, ICONS);
  assert.ok((menu.items[0]?.title.length ?? 0) <= 60);
  assert.doesNotMatch(JSON.stringify(menu), /u001b/i);
});
