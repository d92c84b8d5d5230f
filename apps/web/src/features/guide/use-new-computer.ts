import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { useState } from 'react';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';

/** The computers, and the id of the first that has come since this page was opened. */
export function useNewComputer(): { list: readonly BridgeStatus[]; newId: string | undefined } {
  const { computers } = useServices();
  const { phase, list } = useStore(computers);
  const [before, setBefore] = useState<ReadonlySet<string>>();
  const [newId, setNewId] = useState<string>();
  const connected = list.filter(({ status }) => status === 'connected');
  if (before === undefined && phase === 'ready') setBefore(new Set(connected.map(({ bridgeId }) => bridgeId)));
  const fresh = before && connected.find(({ bridgeId }) => !before.has(bridgeId));
  // Once it was here it stays the one that is meant, also when its connection comes and goes.
  if (newId === undefined && fresh !== undefined) setNewId(fresh.bridgeId);
  return { list, newId };
}
