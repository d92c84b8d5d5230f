import { BridgeError, type BridgeErrorCode } from '../bridge-error.ts';
import type { Ending } from './connection.ts';

const STOPPED: Record<number, { code: BridgeErrorCode; message: string }> = {
  4404: {
    code: 'removed',
    message: 'This computer was removed from the relay. Add it again with: cloudtolocalllm login',
  },
  4406: { code: 'outdated', message: 'The relay speaks a newer protocol. Update this program.' },
  4409: {
    code: 'replaced',
    message: 'Another process on this computer has taken over as the same bridge: this one ends.',
  },
};

/** Why there is no use in connecting again. */
export function stopped({ code, reason }: Ending): BridgeError {
  const known = STOPPED[code];
  return new BridgeError(
    known?.code ?? 'failed',
    known?.message ?? `The relay ended the connection: ${reason || code}`,
  );
}
