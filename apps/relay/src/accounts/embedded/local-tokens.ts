import { CLIENTS } from '../clients.ts';
import type { EmbeddedIssuer } from './embedded-issuer.ts';
import { API_RESOURCE, API_RESOURCE_SERVER, OIDC_SCOPES } from './issuer-configuration.ts';

export interface LocalTokens {
  access_token: string;
  refresh_token: string;
  /** Seconds. */
  expires_in: number;
  client_id: string;
  user_id: string;
}

/** Signs the local user in without a browser, for one who may read the relay's own files. */
export async function issueLocalTokens({ provider, user }: EmbeddedIssuer): Promise<LocalTokens> {
  const client = await provider.Client.find(CLIENTS.bridge.id);
  if (client === undefined) throw new Error(`Cannot issue tokens: client "${CLIENTS.bridge.id}" is not configured`);
  const grant = new provider.Grant({ accountId: user.id, clientId: client.clientId });
  grant.addOIDCScope(OIDC_SCOPES);
  const grantId = await grant.save();
  const common = { accountId: user.id, client, grantId, gty: 'device_code', expiresWithSession: false };
  const accessToken = new provider.AccessToken({
    ...common,
    scope: '',
    resourceServer: new provider.ResourceServer(API_RESOURCE, API_RESOURCE_SERVER),
  });
  const refreshToken = new provider.RefreshToken({
    ...common,
    scope: OIDC_SCOPES,
    resource: API_RESOURCE,
    authTime: Math.floor(Date.now() / 1000),
  });
  return {
    access_token: await accessToken.save(),
    refresh_token: await refreshToken.save(),
    expires_in: API_RESOURCE_SERVER.accessTokenTTL,
    client_id: client.clientId,
    user_id: user.id,
  };
}
