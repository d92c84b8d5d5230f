import { isIP } from 'node:net';

export const MAX_ENDPOINT_CHARACTERS = 2048;

/** Names that are of one network alone (RFC 6761, 6762, 8375, and ICANN's `internal`). */
const LOCAL_NAME =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|onion|test|invalid)$/;

/**
 * The endpoint of a push service, in the one form that a URL has.
 * @throws EndpointError for what can't be one: the relay must not be sent to places that its sender can't reach.
 */
export function parseEndpoint(text: string): URL {
  if (text.length > MAX_ENDPOINT_CHARACTERS)
    throw new EndpointError(`must have ${MAX_ENDPOINT_CHARACTERS} characters at most`);
  const url = URL.parse(text);
  if (url === null) throw new EndpointError('must be an address');
  if (url.protocol !== 'https:') throw new EndpointError('must begin with https://');
  if (url.username !== '' || url.password !== '') throw new EndpointError('must have no credentials in it');
  if (url.port !== '') throw new EndpointError('must be on port 443');
  const name = url.hostname.replace(/\.$/, '');
  // Also of what is written in other ways: a URL has turned it into the usual one.
  if (isIP(name) !== 0 || name.startsWith('[')) throw new EndpointError('must have a name, not an IP address');
  if (!name.includes('.') || LOCAL_NAME.test(name)) throw new EndpointError('must be on the public Internet');
  url.hash = '';
  if (url.href.length > MAX_ENDPOINT_CHARACTERS)
    throw new EndpointError(`must have ${MAX_ENDPOINT_CHARACTERS} characters at most`);
  return url;
}

/** What is wrong with an endpoint, in words that may be told to whoever sent it. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}
