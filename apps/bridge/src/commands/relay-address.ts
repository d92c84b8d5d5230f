import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import { BridgeError } from '../bridge-error.ts';

/** An address as a person types it, to the relay's origin. Throws BridgeError usage. */
export function relayAddress(text: string | undefined): string {
  if (!text) throw new BridgeError('usage', 'Say which relay: cloudtolocalllm login --relay https://relay.example.com');
  const withScheme = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.parse(withScheme);
  if (!url || (withScheme !== text && text.includes('://')) || url.username || url.password) {
    throw new BridgeError('usage', `"${text}" is not the address of a relay, such as https://relay.example.com`);
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw new BridgeError(
      'usage',
      `${url.origin} is not encrypted: use https:// (plain http is for a relay on this computer)`,
    );
  }
  return url.origin;
}
