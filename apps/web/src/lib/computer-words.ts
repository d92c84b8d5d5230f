import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import type { Texts } from '../texts/texts.ts';
import { computerState } from './computer-state.ts';
import { agoWords } from './time-words.ts';

const ENGINE_NAMES: Record<string, string> = { ollama: 'Ollama' };
/** As Node names them. */
const PLATFORM_NAMES: Record<string, string> = {
  linux: 'Linux',
  darwin: 'macOS',
  win32: 'Windows',
  freebsd: 'FreeBSD',
};

/** What to call the engine of a computer, such as "Ollama". */
export function engineName({ client: { engine } }: BridgeStatus, { computers }: Texts): string {
  if (engine?.demo) return computers.demoEngine;
  return engine === undefined ? 'Ollama' : (ENGINE_NAMES[engine.kind] ?? engine.kind);
}

/** The engine with its version, where that says something. */
export function engineLine(computer: BridgeStatus, texts: Texts): string {
  const { engine } = computer.client;
  const name = engineName(computer, texts);
  return engine === undefined || engine.demo ? name : `${name} ${engine.version}`;
}

export function platformName({ client: { platform } }: BridgeStatus): string {
  return PLATFORM_NAMES[platform] ?? platform;
}

/** The line under a computer's name. */
export function stateLine(computer: BridgeStatus, now: number, texts: Texts): string {
  const { computers } = texts;
  const state = computerState(computer);
  if (state === 'engine-down') return computers.engineDownLine(engineName(computer, texts));
  if (state === 'online') {
    return computers.onlineLine(engineLine(computer, texts), computers.modelCount(computer.client.models.length));
  }
  return computer.lastSeen === null
    ? computers.neverLine
    : computers.offlineLine(agoWords(computer.lastSeen, now, texts));
}
