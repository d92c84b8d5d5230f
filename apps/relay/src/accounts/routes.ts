import { authConfig, type Me, me, PROTOCOL_VERSION } from '@cloudtolocalllm/protocol';
import packageJson from '../../package.json' with { type: 'json' };
import type { Api } from '../api.ts';
import type { Config } from '../config.ts';
import { listRights } from './rights.ts';
import type { TrustedIssuer } from './token-verifier.ts';
import type { UserStore } from './user-store.ts';

/** `GET /api/auth/config`, public: how a client signs a person in. */
export function authConfigRoute(
  api: Api,
  { config: { auth }, trustedIssuer }: { config: Pick<Config, 'auth'>; trustedIssuer: TrustedIssuer },
): void {
  api.get(
    '/api/auth/config',
    {
      config: { access: 'public', limitedBy: 'address' },
      schema: {
        operationId: 'getAuthConfig',
        summary: 'How to sign in',
        tags: ['Account'],
        response: { 200: authConfig },
      },
    },
    async () => ({
      issuer: trustedIssuer.url,
      audience: auth.audience,
      clientIds: auth.clientIds,
      embedded: auth.issuer === undefined,
      version: packageJson.version,
      protocolVersion: PROTOCOL_VERSION,
    }),
  );
}

/** `GET /api/me`: whom the token speaks for. */
export function meRoute(api: Api, { users }: { users: UserStore }): void {
  api.get(
    '/api/me',
    {
      config: { access: 'anybody signed in' },
      schema: {
        operationId: 'getMe',
        summary: 'Whom the token speaks for, and what it may do',
        tags: ['Account'],
        response: { 200: me },
      },
    },
    async ({ user }): Promise<Me> => {
      const row = await users.find(user.id);
      return { userId: user.id, name: row?.name || undefined, scopes: listRights(user.rights) };
    },
  );
}
