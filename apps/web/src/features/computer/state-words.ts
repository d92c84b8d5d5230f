import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { computerState, engineName, type ComputerState } from '../../lib/computer-state.ts';
import { agoWords } from '../../lib/time-words.ts';

export const STATE_WORDS: Record<ComputerState, string> = {
  online: 'Online',
  'engine-down': 'Engine not answering',
  offline: 'Offline',
};

/** The line under a computer's name. */
export function stateLine(computer: BridgeStatus, now: number): string {
  const state = computerState(computer);
  if (state === 'engine-down') return `Online, but ${engineName(computer)} isn’t answering`;
  if (state === 'offline') {
    return computer.lastSeen === null
      ? 'Offline, never connected'
      : `Offline, last seen ${agoWords(computer.lastSeen, now)}`;
  }
  const { engine, models } = computer.client;
  const version = engine === undefined || engine.demo ? '' : ` ${engine.version}`;
  return `Online, ${engineName(computer)}${version}, ${models.length === 1 ? '1 model' : `${models.length} models`}`;
}
