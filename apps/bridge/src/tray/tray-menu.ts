import type { BridgeState } from '../daemon/daemon.ts';
import type { BridgeView } from '../page/bridge-view.ts';
import { printable } from '../printable.ts';

/** What systray2 draws a line for. */
const SEPARATOR = '<SEPARATOR>';
/** A menu is as wide as its longest line. */
const MAX_CHARACTERS = 60;

const STATES: Record<BridgeState, string> = {
  online: 'Online',
  connecting: 'Connecting',
  'engine-down': 'No engine',
  offline: 'Offline',
};

export type TrayAction = 'pause' | 'resume' | 'chat' | 'status' | 'quit';

interface TrayItem {
  /** What a press on it does. */
  id: TrayAction | 'none';
  title: string;
  tooltip: string;
  isEnabled: boolean;
}

export interface TrayMenu {
  /** A picture in base64. */
  icon: string;
  tooltip: string;
  /** Always as many: the program changes lines, it adds none. */
  items: TrayItem[];
}

/** What the tray shows of the bridge; undefined: none runs here. `icons` has the picture of each state. */
export function trayMenu(
  view: Pick<BridgeView, 'state' | 'detail' | 'pause' | 'relay'> | undefined,
  icons: Record<BridgeState, string>,
): TrayMenu {
  const isRunning = view !== undefined;
  const isPaused = view?.pause.isOn === true;
  const name = !isRunning ? 'Not running' : isPaused && view.state === 'offline' ? 'Paused' : STATES[view.state];
  const detail = view ? view.detail : 'start the bridge with: cloudtolocalllm up';
  const state = cut(`${name}: ${printable(detail)}`);
  const line = (id: TrayItem['id'], title: string, isEnabled = true): TrayItem => ({
    id,
    title,
    tooltip: '',
    isEnabled,
  });
  return {
    icon: icons[view?.state ?? 'offline'],
    tooltip: `CloudToLocalLLM – ${state}`,
    items: [
      line('none', state, false),
      isPaused ? line('resume', 'Resume') : line('pause', 'Pause', isRunning),
      line('none', SEPARATOR, false),
      line('chat', 'Open chat', isRunning),
      line('status', 'Open status', isRunning),
      line('none', SEPARATOR, false),
      line('quit', isRunning ? 'Quit (the bridge goes on)' : 'Quit'),
    ],
  };
}

function cut(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text;
}
