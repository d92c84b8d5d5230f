import { newId } from '@cloudtolocalllm/protocol';
import type { BridgeLink } from '../bridges/bridge-link.ts';

/** Tells a bridge about a request of its own; one that is away is told by what it asks when it is back. */
export function tell(link: BridgeLink, type: 'chat_cancel' | 'chat_received', requestId: string): void {
  link.send({ type, id: newId('req'), timestamp: new Date().toISOString(), payload: { requestId } });
}
