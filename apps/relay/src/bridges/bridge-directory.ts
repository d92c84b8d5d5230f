import type { BridgeStatus, StatusUpdate } from '@cloudtolocalllm/protocol';
import type { BridgeRow } from '../storage/tables.ts';

/** What is known of bridges right now; the link hub is one. */
export interface BridgePresence {
  get(bridgeId: string): { connected: boolean; lastSeen: Date; report?: StatusUpdate['payload'] } | undefined;
  /** Its owner named it or put it in another place. */
  update(bridgeId: string, changes: { name?: string; priority?: number }): void;
  /** Closes its socket: the bridge was deleted. */
  drop(bridgeId: string): void;
}

/** A bridge as the API shows it: what it said last, and whether it is there. */
export function bridgeStatus(row: BridgeRow, presence: BridgePresence | undefined): BridgeStatus {
  const live = presence?.get(row.id);
  const report = live?.report;
  return {
    bridgeId: row.id,
    name: row.name,
    status: live?.connected ? 'connected' : 'disconnected',
    lastSeen: live?.lastSeen.toISOString() ?? row.last_seen,
    priority: row.priority,
    client: {
      platform: row.platform,
      version: row.version,
      ollamaStatus: report?.ollamaStatus ?? row.ollama_status,
      models: report?.models ?? (JSON.parse(row.models) as string[]), // as: only report() writes it
      systemLoad: report?.systemLoad,
      engine: report?.engine,
      mayManageModels: report?.mayManageModels,
    },
  };
}
