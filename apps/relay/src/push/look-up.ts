import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

export interface LookUpOptions {
  /** Of one try. */
  timeoutMs?: number;
  tries?: number;
  /** Instead of those of this computer. */
  servers?: readonly string[];
}

/**
 * All addresses of a name that a person chose. Not with `dns.lookup`: that has no timeout, and the few threads that it
 * waits in are those of the whole relay.
 */
export async function lookUp(
  hostname: string,
  { timeoutMs = 2_000, tries = 2, servers }: LookUpOptions = {},
): Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: timeoutMs, tries });
  if (servers !== undefined) resolver.setServers(servers);
  // Several servers that are all silent would add up.
  const limit = setTimeout(() => resolver.cancel(), timeoutMs * tries * 2);
  try {
    const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    if (four.status === 'rejected' && six.status === 'rejected') throw four.reason;
    return [
      ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
      ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
    ];
  } finally {
    clearTimeout(limit);
  }
}
