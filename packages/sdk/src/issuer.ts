import type { AuthConfig } from '@cloudtolocalllm/protocol';
import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import * as oauth from 'oauth4webapi';

/** An issuer, discovered, and this client's place at it. */
export type Issuer = {
  server: oauth.AuthorizationServer;
  client: oauth.Client;
  config: AuthConfig;
  requestOptions: { [oauth.customFetch]?: typeof fetch; [oauth.allowInsecureRequests]?: boolean };
};

/** Reads the issuer's metadata. Plain HTTP is accepted from the own machine only. */
export async function discoverIssuer(config: AuthConfig, fetchFrom?: typeof fetch): Promise<Issuer> {
  const url = new URL(config.issuer);
  const requestOptions: Issuer['requestOptions'] = {};
  if (fetchFrom !== undefined) requestOptions[oauth.customFetch] = fetchFrom;
  if (url.protocol === 'http:' && isLoopbackHost(url.hostname)) requestOptions[oauth.allowInsecureRequests] = true;
  const response = await oauth.discoveryRequest(url, { ...requestOptions, algorithm: 'oidc' });
  return {
    server: await oauth.processDiscoveryResponse(url, response),
    client: { client_id: config.clientIds.web },
    config,
    requestOptions,
  };
}
