import { authConfig, type Me, me } from '@cloudtolocalllm/protocol';
import type { Api } from '../api.ts';
import { API_AUDIENCE, CLIENTS } from './clients.ts';
import { listRights } from './rights.ts';
import type { TrustedIssuer } from './token-verifier.ts';
import type { UserStore } from './user-store.ts';

/** `GET /api/auth/config`, public: how a client signs a person in. */
export function authConfigRoute(api: Api, { issuer, embedded }: { issuer: TrustedIssuer; embedded: boolean }): void {
  api.get(
    '/api/auth/config',
    { config: { access: 'public', limitedBy: 'address' }, schema: { response: { 200: authConfig } } },
    async () => ({
      issuer: issuer.url,
      audience: API_AUDIENCE,
      clientIds: { web: CLIENTS.web.id, bridge: CLIENTS.bridge.id },
      embedded,
    }),
  );
}

/** `GET /api/me`: whom the token speaks for. */
export function meRoute(api: Api, { users }: { users: UserStore }): void {
  api.get(
    '/api/me',
    { config: { access: 'anybody signed in' }, schema: { response: { 200: me } } },
    async ({ user }): Promise<Me> => {
      const row = await users.find(user.id);
      return { userId: user.id, name: row?.name || undefined, scopes: listRights(user.rights) };
    },
  );
}
