import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { useState } from 'react';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';

/** The computers that are connected, and the one among them that was not when this page was opened. */
export function useNewComputer(): { computer: BridgeStatus | undefined; connected: readonly BridgeStatus[] } {
  const { computers } = useServices();
  const { phase, list } = useStore(computers);
  const [before, setBefore] = useState<ReadonlySet<string>>();
  const [newId, setNewId] = useState<string>();
  const connected = list.filter(({ status }) => status === 'connected');
  if (before === undefined && phase === 'ready') setBefore(new Set(connected.map(({ bridgeId }) => bridgeId)));
  const fresh = before && connected.find(({ bridgeId }) => !before.has(bridgeId));
  // Once it was here it stays the one that is meant, also when its connection comes and goes.
  if (newId === undefined && fresh !== undefined) setNewId(fresh.bridgeId);
  return { computer: list.find(({ bridgeId }) => bridgeId === newId), connected };
}
