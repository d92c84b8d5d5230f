import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { RelayError } from '../errors.ts';
import type { SettingsStore } from '../storage/settings-store.ts';
import type { BridgeRow, Tables } from '../storage/tables.ts';

export const SESSION_TOKEN_SECONDS = 24 * 60 * 60;
const ISSUER = 'cloudtolocalllm-relay';
/** Never an access token's audience: neither kind passes for the other. */
const AUDIENCE = 'cloudtolocalllm-bridge-link';

const claims = z.object({ sub: z.string(), bridge: z.string(), version: z.int(), exp: z.number() });

export interface BridgeSession {
  bridgeId: string;
  userId: string;
  /** Verified by the issuer; null when it says none. */
  email: string | null;
  /** What its owner calls it. */
  name: string;
  /** Its place in its owner's order. */
  priority: number;
  capabilities: readonly string[];
  expires: Date;
}

export interface SessionTokens {
  /** A token for this one bridge, good for 24 h. */
  issue(bridge: Pick<BridgeRow, 'id' | 'user_id' | 'token_version'>): Promise<string>;
  /** @throws RelayError unauthorized for a token that isn't ours, has expired or was revoked with its bridge. */
  verify(token: string): Promise<BridgeSession>;
}

export interface SessionTokensOptions {
  kysely: Kysely<Tables>;
  settings: SettingsStore;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** The relay's own tokens for the link: HS256, since none but the relay reads them. */
export async function sessionTokens({
  kysely,
  settings,
  now = Date.now,
}: SessionTokensOptions): Promise<SessionTokens> {
  const text = await settings.getOrCreate('session_token_secret', () => randomBytes(32).toString('base64url'));
  const secret = Buffer.from(text, 'base64url');

  return {
    issue({ id, user_id, token_version }) {
      const issued = Math.floor(now() / 1000);
      return new SignJWT({ bridge: id, version: token_version })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(user_id)
        .setIssuedAt(issued)
        .setExpirationTime(issued + SESSION_TOKEN_SECONDS)
        .sign(secret);
    },

    async verify(token) {
      const { sub, bridge, version, exp } = await jwtVerify(token, secret, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        currentDate: new Date(now()),
      })
        .then(({ payload }) => claims.parse(payload))
        .catch((cause: unknown) => {
          throw invalid(cause);
        });
      const row = await kysely
        .selectFrom('bridges')
        .innerJoin('users', 'users.id', 'bridges.user_id')
        .select(['bridges.name', 'priority', 'capabilities', 'token_version', 'users.email'])
        .where('bridges.id', '=', bridge)
        .where('user_id', '=', sub)
        .executeTakeFirst();
      if (row?.token_version !== version)
        throw invalid(new Error(`Bridge "${bridge}" was removed or its tokens revoked`));
      const capabilities = JSON.parse(row.capabilities) as string[]; // as: only register() writes it
      return {
        bridgeId: bridge,
        userId: sub,
        email: row.email,
        name: row.name,
        priority: row.priority,
        capabilities,
        expires: new Date(exp * 1000),
      };
    },
  };
}

function invalid(cause: unknown): RelayError {
  return new RelayError('unauthorized', 'Invalid or expired session token: register the bridge again', { cause });
}
