import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import type { FastifyRequest } from 'fastify';
import { RelayError } from '../errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** What proxies and tunnels add: with one of these, the peer on loopback is not the person. */
const FORWARDING_HEADER =
  /^(forwarded|via|x-forwarded-.+|x-real-ip|x-client-ip|true-client-ip|cf-.+|cdn-.+|fly-.+|fastly-.+|ngrok-.+|x-original-.+)$/;

/**
 * Lets only requests through that come from this very computer: a loopback peer, a loopback Host (a web page can't
 * rebind its own name to reach us) and no trace of a proxy in front.
 * @throws RelayError forbidden, saying which it was.
 */
export function requireLoopback(request: FastifyRequest): void {
  const reason = notLoopback(request);
  if (reason === undefined) return;
  throw new RelayError(
    'forbidden',
    `The embedded sign-in works only on the computer that the relay runs on: ${reason}. ` +
      'Open the relay there at its localhost address.',
  );
}

/** Whether a request comes from this very computer, and through no proxy. */
export function isFromOwnComputer(request: FastifyRequest): boolean {
  return notLoopback(request) === undefined;
}

function notLoopback({ raw }: FastifyRequest): string | undefined {
  if (!isLoopbackAddress(raw.socket.remoteAddress ?? '')) return 'this request comes from another computer';
  if (!isLoopbackHost(raw.headers.host ?? '')) return 'this request is addressed to another host';
  const header = Object.keys(raw.headers).find((name) => FORWARDING_HEADER.test(name));
  return header === undefined
    ? undefined
    : `this request came through a proxy or tunnel (its header "${header}" says so)`;
}

function isLoopbackAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  // The block list looks through addresses such as ::ffff:127.0.0.1 by itself.
  return loopback.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
