import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Preloaded by a relay under test (`node --import`): names of push services can't be looked up where there is no
 * network, and get the address of a documentation page. Nothing is sent there.
 */
const ADDRESS = { address: '93.184.215.14', family: 4 };

Object.assign(dns, { lookup: async () => [ADDRESS] });
syncBuiltinESMExports();
