import type { Configuration, KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import type { Kysely } from 'kysely';
import type { Tables } from '../../storage/tables.ts';
import { API_AUDIENCE, CLIENTS } from '../clients.ts';
import { deviceRequest, readDeviceRequest } from './device-request.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { oidcAdapter } from './oidc-adapter.ts';
import * as pages from './pages.ts';
import type { UserStore } from '../user-store.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** The API as a resource: OAuth wants a URI here; what tokens carry is the specified audience. */
export const API_RESOURCE = `urn:${API_AUDIENCE}`;
export const API_RESOURCE_SERVER = {
  scope: '',
  audience: API_AUDIENCE,
  accessTokenTTL: DAY,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: 'RS256' } },
} as const satisfies ResourceServer;

export const OIDC_SCOPES = 'openid profile offline_access';
export const ISSUER_PATH = '/oidc';

export interface IssuerParts {
  kysely: Kysely<Tables>;
  keys: IssuerKeys;
  users: UserStore;
  /** Origin of the web app. */
  origin: string;
}

/** How the embedded issuer is set up: two public clients of our own, so nobody is asked for consent. */
export function issuerConfiguration({ kysely, keys, users, origin }: IssuerParts): Configuration {
  const home = `${origin}/`;
  return {
    adapter: oidcAdapter(kysely),
    jwks: keys.signing,
    cookies: {
      keys: keys.cookies,
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: ISSUER_PATH },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
    },
    clients: [
      {
        client_id: CLIENTS.web.id,
        client_name: CLIENTS.web.name,
        application_type: 'web',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`${origin}/auth/callback`],
        post_logout_redirect_uris: [home],
      },
      {
        client_id: CLIENTS.bridge.id,
        client_name: CLIENTS.bridge.name,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    clientAuthMethods: ['none'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'] },
    // Both clients read the name from the ID token; there is no userinfo endpoint to ask.
    conformIdTokenClaims: false,
    async findAccount(_context, id) {
      const user = await users.find(id);
      return user && { accountId: id, claims: () => ({ sub: id, name: user.name }) };
    },
    // A browser sends Origin with a POST to its own origin, too; no other origin may.
    clientBasedCORS: (_context, requestOrigin) => requestOrigin === origin,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      userinfo: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API_RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => API_RESOURCE_SERVER,
      },
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        userCodeInputSource(context, _form, _out, error) {
          const code = context.state.userCode as string | undefined; // as: only the issuer's own middleware sets it
          context.body = pages.deviceCodePage(issuerForm(context, 'code_verification'), {
            code,
            problem: codeProblem(error),
          });
        },
        deviceInfo: deviceRequest,
        userCodeConfirmSource(context, _form, client, deviceInfo, userCode) {
          const clientName = client.clientName ?? client.clientId;
          context.body = pages.deviceConfirmPage(issuerForm(context, 'code_verification'), {
            clientName,
            userCode,
            askedFrom: readDeviceRequest(deviceInfo),
          });
        },
        successSource(context) {
          context.body = pages.deviceDonePage({ clientName: context.oidc.client?.clientName ?? 'bridge' });
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(context) {
          context.body = pages.signOutPage(issuerForm(context, 'end_session_confirm'));
        },
        postLogoutSuccessSource(context) {
          context.body = pages.signedOutPage(home);
        },
      },
    },
    renderError(context, { error, error_description: detail }) {
      const message = 'The sign-in could not go on. Go back to the start and try again.';
      context.type = 'html';
      context.body = pages.problemPage({ message, detail: detail ?? error, home });
    },
    interactions: { url: (_context, interaction) => `${ISSUER_PATH}/interaction/${interaction.uid}` },
    async loadExistingGrant(context) {
      const { client, session, provider, result } = context.oidc;
      const accountId = session?.accountId;
      if (client === undefined || accountId === undefined) return undefined;
      const grantId = result?.consent?.grantId ?? session?.grantIdFor(client.clientId);
      const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
      if (known !== undefined) return known;
      const grant = new provider.Grant({ accountId, clientId: client.clientId });
      grant.addOIDCScope(OIDC_SCOPES);
      await grant.save();
      return grant;
    },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    // A bridge runs for months after the browser that let it in was closed.
    expiresWithSession: () => false,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: DAY,
      AuthorizationCode: MINUTE,
      DeviceCode: 10 * MINUTE,
      IdToken: 60 * MINUTE,
      Interaction: 60 * MINUTE,
      RefreshToken: (_context, _token, client) => (client.clientId === CLIENTS.bridge.id ? 180 : 30) * DAY,
      Session: 30 * DAY,
      // Refreshing needs the grant: it must outlive the chain of refresh tokens, which ends after a year.
      Grant: 2 * 365 * DAY,
    },
    routes: {
      authorization: '/auth',
      token: '/token',
      jwks: '/jwks',
      revocation: '/revoke',
      end_session: '/logout',
      code_verification: '/device',
      device_authorization: '/device/auth',
    },
  };
}

function issuerForm(context: KoaContextWithOIDC, route: string): pages.IssuerForm {
  // The issuer keeps its token against forged requests in the session; its type has no name for it.
  const state = context.oidc.session?.state as { secret?: string } | undefined;
  // Without the origin: the form goes to the name of this computer at which the browser's cookies are.
  return { action: new URL(context.oidc.urlFor(route)).pathname, xsrf: state?.secret ?? '' };
}

function codeProblem(error: Error | undefined): string | undefined {
  switch (error?.name) {
    case undefined:
      return undefined;
    case 'NoCodeError':
      return 'Type the code first.';
    case 'NotFoundError':
      return 'There is no such code. Look at it again, or let the bridge make a new one.';
    case 'ExpiredError':
      return 'This code is too old. Let the bridge make a new one.';
    case 'AlreadyUsedError':
      return 'This code was used already. Let the bridge make a new one.';
    case 'AbortedError':
      return 'Nothing was connected. You can close this page.';
    default:
      return 'That did not work. Type the code again.';
  }
}
