import type { BridgeStatus } from '@cloudtolocalllm/sdk';

export type ComputerState = 'online' | 'engine-down' | 'offline';

/** Where a model is. `isReady`: it can answer there now. */
export type ModelPlace = { bridgeId: string; name: string; isReady: boolean };
/** A model, and on which computers it is. */
export type AvailableModel = { name: string; places: readonly ModelPlace[] };

export function computerState(computer: BridgeStatus): ComputerState {
  if (computer.status !== 'connected') return 'offline';
  return computer.client.ollamaStatus === 'connected' ? 'online' : 'engine-down';
}

const RANK: Record<ComputerState, number> = { online: 0, 'engine-down': 1, offline: 2 };

/** The best there is first; among equals, the person's own order. */
export function byReadiness(one: BridgeStatus, other: BridgeStatus): number {
  return (
    RANK[computerState(one)] - RANK[computerState(other)] ||
    one.priority - other.priority ||
    (other.lastSeen ?? '').localeCompare(one.lastSeen ?? '')
  );
}

/** In the person's own order. */
export function byOrder(one: BridgeStatus, other: BridgeStatus): number {
  return one.priority - other.priority || one.name.localeCompare(other.name);
}

/** The models of all computers, those that can answer now first; a computer that is away had them when last seen. */
export function modelsOf(computers: readonly BridgeStatus[]): AvailableModel[] {
  const models = new Map<string, ModelPlace[]>();
  for (const computer of computers) {
    const { bridgeId, name } = computer;
    const place = { bridgeId, name, isReady: computerState(computer) === 'online' };
    for (const model of computer.client.models) models.set(model, [...(models.get(model) ?? []), place]);
  }
  return Array.from(models, ([name, places]) => ({ name, places }));
}

/** True when this model would be asked on a computer that is away, and nothing else can answer for it. */
export function isAsleep(computers: readonly BridgeStatus[], model: string | undefined): boolean {
  const isAway = computers.every(({ status }) => status !== 'connected');
  const having = computers.filter(({ client }) => model !== undefined && client.models.includes(model));
  return (
    computers.length > 0 && (isAway || (having.length > 0 && having.every(({ status }) => status !== 'connected')))
  );
}
