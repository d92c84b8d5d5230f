import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { isGlobalAddress } from './global-address.ts';
import { lookUp } from './look-up.ts';
import { EndpointError } from './push-endpoint.ts';

/** How push services are reached; a test brings its own. */
export interface PushNetwork {
  /** All addresses of a name. */
  resolve(hostname: string): Promise<LookupAddress[]>;
  /** Connects to one of these addresses, and no other, of a server that proves to have this name. */
  connect(hostname: string, addresses: readonly LookupAddress[]): TLSSocket;
}

export const INTERNET: PushNetwork = {
  resolve: (hostname) => lookUp(hostname),
  connect: (hostname, addresses) => connectPinned({ hostname, addresses, port: 443 }),
};

export interface PinnedOptions {
  hostname: string;
  addresses: readonly LookupAddress[];
  port: number;
  /** Instead of the authorities that Node trusts. */
  ca?: string;
}

/** A TLS connection for which nothing is looked up any more: a name can't mean something else than when it was checked. */
export function connectPinned({ hostname, addresses, port, ca }: PinnedOptions): TLSSocket {
  const pinned: LookupFunction = (_name, { all }, answer) => {
    const [first] = addresses;
    if (first === undefined) answer(new Error('There is no address'), []);
    else if (all === true) answer(null, [...addresses]);
    else answer(null, first.address, first.family);
  };
  return connect({ host: hostname, servername: hostname, port, lookup: pinned, ALPNProtocols: ['http/1.1'], ca });
}

/**
 * The addresses of a push service.
 * @throws EndpointError when it has none, or one that is not of the public Internet: then it means to lead elsewhere.
 */
export async function publicAddresses(network: PushNetwork, hostname: string): Promise<LookupAddress[]> {
  let addresses: LookupAddress[];
  try {
    addresses = await network.resolve(hostname);
  } catch (cause) {
    throw new EndpointError('has a name that cannot be looked up now', { cause });
  }
  if (addresses.length === 0) throw new EndpointError('has a name without an address');
  if (!addresses.every(({ address }) => isGlobalAddress(address))) {
    throw new EndpointError('must be on the public Internet');
  }
  return addresses;
}
