import type { BridgeStatus } from '@cloudtolocalllm/sdk';

export type ComputerState = 'online' | 'engine-down' | 'offline';

/** Which model can be had on which computers. */
export type AvailableModel = { name: string; computers: readonly string[] };

export function computerState(computer: BridgeStatus): ComputerState {
  if (computer.status !== 'connected') return 'offline';
  return computer.client.ollamaStatus === 'connected' ? 'online' : 'engine-down';
}

const RANK: Record<ComputerState, number> = { online: 0, 'engine-down': 1, offline: 2 };

/** The best there is first; among equals, the one seen last. */
export function byReadiness(one: BridgeStatus, other: BridgeStatus): number {
  const rank = RANK[computerState(one)] - RANK[computerState(other)];
  return rank !== 0 ? rank : (other.lastSeen ?? '').localeCompare(one.lastSeen ?? '');
}

/** The models that can answer now; when none can, those that could when their computer was last seen. */
export function modelsOf(computers: readonly BridgeStatus[]): AvailableModel[] {
  const online = computers.filter((computer) => computerState(computer) === 'online');
  const models = new Map<string, string[]>();
  for (const computer of online.length > 0 ? online : computers) {
    for (const model of computer.client.models) models.set(model, [...(models.get(model) ?? []), computer.name]);
  }
  return Array.from(models, ([name, names]) => ({ name, computers: names }));
}

const ENGINE_NAMES: Record<string, string> = { ollama: 'Ollama', demo: 'Demo engine' };

/** What to call the engine of a computer, such as "Ollama". */
export function engineName(computer: BridgeStatus): string {
  const { engine } = computer.client;
  if (engine?.demo) return 'Demo engine';
  return engine === undefined ? 'Ollama' : (ENGINE_NAMES[engine.kind] ?? engine.kind);
}
