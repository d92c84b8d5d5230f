import { Resolver } from 'node:dns/promises';

/**
 * Preloaded by a relay under test (`node --import`): names of push services can't be looked up where there is no
 * network, and get the address of a documentation page. Nothing is sent there.
 */
Object.assign(Resolver.prototype, { resolve4: async () => ['93.184.215.14'], resolve6: async () => [] });
