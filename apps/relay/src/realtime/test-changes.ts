import type { RealtimeToClient } from '@cloudtolocalllm/protocol';
import type { Told } from './change-reader.ts';

/** A bridge id for each number. */
export function bridgeIdOf(number: number): string {
  return `bridge-00000000-0000-0000-0000-${String(number).padStart(12, '0')}`;
}

/** A change that needs nothing from the database. */
export function bridgeRemoved(number: number): Told {
  return { type: 'bridge_removed', payload: { bridgeId: bridgeIdOf(number) } };
}

/** The number of the bridge that a message says was removed. */
export function bridgeNumber(message: Told | RealtimeToClient): number {
  if (message.type !== 'bridge_removed') throw new Error(`This is a message of the type ${message.type}`);
  return Number(message.payload.bridgeId.slice(-12));
}
