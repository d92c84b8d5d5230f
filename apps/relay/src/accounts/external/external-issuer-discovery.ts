import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import * as oauth from 'oauth4webapi';
import { fetchFromIssuer } from './external-issuer-fetch.ts';

/** What the relay needs of an issuer's discovery document. */
export interface DiscoveredIssuer {
  jwksUrl: string;
  /** Of the endpoints that the web app calls. */
  origins: string[];
}

/**
 * Reads the discovery document of an issuer (OpenID Connect Discovery 1.0).
 * @throws Error when it can't be had, is of another issuer or names no safe address for its keys.
 */
export async function discoverIssuer(issuer: string, signal: AbortSignal): Promise<DiscoveredIssuer> {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, {
    algorithm: 'oidc',
    signal,
    [oauth.customFetch]: fetchFromIssuer,
    // The configuration takes plain http for this very computer alone.
    [oauth.allowInsecureRequests]: url.protocol === 'http:',
  });
  const server = await oauth.processDiscoveryResponse(url, response).catch((error: unknown) => {
    const named = namedIssuer(error);
    throw named === undefined ? error : wrongIssuer(issuer, named);
  });
  // The library compares addresses, in which some slashes make no difference; tokens carry the text.
  if (server.issuer !== issuer) throw wrongIssuer(issuer, server.issuer);
  const { jwks_uri: jwksUrl, token_endpoint: tokenEndpoint, revocation_endpoint: revocationEndpoint } = server;
  if (jwksUrl === undefined || !isSafe(jwksUrl)) {
    throw new Error(`The discovery document of ${issuer} names no https:// address for its keys ("jwks_uri")`);
  }
  const endpoints = [tokenEndpoint, revocationEndpoint].filter((text) => text !== undefined && isSafe(text));
  return { jwksUrl, origins: endpoints.map((text) => new URL(text ?? '').origin) };
}

/** The issuer that a document of another one names. */
function namedIssuer(error: unknown): string | undefined {
  if (!(error instanceof oauth.OperationProcessingError) || error.code !== oauth.JSON_ATTRIBUTE_COMPARISON) {
    return undefined;
  }
  const { body } = error.cause as { body: { issuer: string } }; // as: what the library attaches to this code
  return body.issuer;
}

function wrongIssuer(configured: string, named: string): Error {
  const bare = (text: string) => text.replace(/\/$/, '');
  return new Error(
    bare(configured) === bare(named)
      ? `AUTH_ISSUER must be "${named}" to the letter: ${named.endsWith('/') ? 'the slash at its end is missing' : 'it has a slash too many at its end'}`
      : `The discovery document at AUTH_ISSUER (${configured}) is that of another issuer: "${named}"`,
  );
}

/** https, or http on this very computer. */
function isSafe(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.host));
}
