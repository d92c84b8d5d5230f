// An identity provider in a process of its own, as Auth0 is seen from outside; auth0-like-issuer.ts starts it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { mapAdapter } from './map-adapter.ts';
import type { IssuerCommand, IssuerReply, IssuerSettings } from './auth0-like-issuer.ts';

const DAY = 24 * 60 * 60;
const SCOPES = 'openid profile offline_access';

let settings: IssuerSettings | undefined;
let provider: Provider | undefined;
const requests: string[] = [];
const adapter = mapAdapter();

/** Auth0 takes `audience` where OAuth says `resource`; without one its access tokens are not for any API. */
function resourceOf({ oidc }: KoaContextWithOIDC): string | undefined {
  const audience = oidc.params?.['audience'];
  return typeof audience === 'string' ? `urn:${audience}` : undefined;
}

const page = (body: string): string => `<!doctype html><title>Issuer</title>${body}`;

function configuration({ issuer, clients, webOrigin, jwks }: IssuerSettings): Configuration {
  return {
    adapter,
    jwks: { keys: jwks },
    clients: [
      {
        client_id: clients.web,
        application_type: 'web',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [`${webOrigin}/auth/callback`],
      },
      {
        client_id: clients.bridge,
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
    extraParams: ['audience'],
    claims: { openid: ['sub'], profile: ['name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of this test'] },
    findAccount: async (_context, id) => ({ accountId: id, claims: () => ({ sub: id, name: nameOf(id) }) }),
    clientBasedCORS: (_context, origin) => origin === webOrigin,
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: (context) => resourceOf(context) ?? [],
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          scope: '',
          audience: resource.slice('urn:'.length),
          accessTokenTTL: DAY,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
      deviceFlow: {
        enabled: true,
        userCodeInputSource(context, form) {
          context.body = page(`${form}<button form="op.deviceInputForm">Continue</button>`);
        },
        userCodeConfirmSource(context, form) {
          context.body = page(`${form}<button form="op.deviceConfirmForm">Confirm</button>`);
        },
        successSource(context) {
          context.body = page('<p>Congratulations, you are all set!</p>');
        },
      },
    },
    formats: {
      customizers: {
        // What Auth0's access tokens say; the name comes from an Action, as the guide has it.
        jwt(_context, token, parts) {
          const { payload } = parts;
          const { aud, client_id: client, ...claims } = payload;
          parts.payload = {
            ...claims,
            aud: [aud as string, `${issuer}userinfo`], // as: the audience above
            azp: client,
            scope: SCOPES,
            permissions: [],
            name: nameOf('accountId' in token ? token.accountId : ''),
          };
          parts.header = { ...parts.header, typ: 'JWT' };
        },
      },
    },
    renderError(context, out) {
      context.body = page(`<p>Problem: ${out.error} ${out.error_description ?? ''}</p>`);
    },
    interactions: { url: (_context, { uid }) => `/u/login/${uid}` },
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new oidc.provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope(SCOPES);
      await grant.save();
      return grant;
    },
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    rotateRefreshToken: true,
    routes: {
      authorization: '/authorize',
      token: '/oauth/token',
      jwks: '/.well-known/jwks.json',
      code_verification: '/activate',
      device_authorization: '/oauth/device/code',
    },
  };
}

function nameOf(subject: string): string {
  return subject.replace(/^auth0\|/, '');
}

/** The page where a person says who they are; this issuer believes everybody. */
async function login(request: IncomingMessage, response: ServerResponse, to: Provider): Promise<void> {
  if (request.method === 'POST') {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const accountId = `auth0|${new URLSearchParams(body).get('username') ?? ''}`;
    // Both applications are the operator's own, so nobody is asked for consent.
    return to.interactionFinished(request, response, { login: { accountId }, consent: {} });
  }
  const field = '<label>Username <input name="username" required></label>';
  response.setHeader('content-type', 'text/html');
  response.end(page(`<form method="post">${field}<button>Log in</button></form>`));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?', 1)[0] ?? '';
  requests.push(path);
  if (provider === undefined) throw new Error('The issuer has not begun');
  if (path.startsWith('/u/login/')) await login(request, response, provider);
  else await provider.callback()(request, response);
}

function obey(message: IssuerCommand): IssuerReply {
  if (message.command === 'requests') return { requests: requests.splice(0) };
  settings = message.settings;
  provider = new Provider(settings.issuer, configuration(settings));
  return { requests: [] };
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
process.on('message', (message: IssuerCommand) => {
  const reply = obey(message);
  if (server.listening) process.send?.(reply);
  else server.listen(Number(new URL(settings?.issuer ?? '').port), '127.0.0.1', () => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
