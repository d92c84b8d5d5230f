import type { LookupAddress } from 'node:dns';
import type { PushNetwork } from './push-network.ts';

/** Of the public Internet; no test connects to it. */
export const PUBLIC_ADDRESS: LookupAddress = { address: '93.184.215.14', family: 4 };

/** Names have a public address there, and nobody answers. */
export const NOBODY_THERE: PushNetwork = {
  resolve: async () => [PUBLIC_ADDRESS],
  connect: () => {
    throw new Error('No test reaches push services');
  },
};
