import { z } from 'zod';

/** What an API key, or an access token that names any of these, is narrowed to. */
export const SCOPES = ['chat', 'inference', 'bridges:read', 'proxies'] as const;
export const scope = z.enum(SCOPES);
export type Scope = z.infer<typeof scope>;

/**
 * What a caller may do: the scopes, `account` (bridges, keys and the audit log: a person, never a key) and `admin` (who
 * runs the relay).
 */
export const RIGHTS = [...SCOPES, 'account', 'admin'] as const;
export type Right = (typeof RIGHTS)[number];

/** `GET /api/auth/config`, public: all that a client needs to sign a person in. */
export const authConfig = z
  .object({
    issuer: z.string(),
    audience: z.string(),
    clientIds: z.object({ web: z.string(), bridge: z.string() }),
    embedded: z.boolean().meta({ description: "True when the relay's own embedded issuer is used." }),
    version: z
      .string()
      .optional()
      .meta({ description: "The relay's version. Bridges are released with it: an older one can tell its person." }),
    protocolVersion: z.int().optional().meta({ description: 'Of the links of bridges, as docs/PROTOCOL.md counts.' }),
  })
  .meta({
    id: 'AuthConfig',
    description: 'All that a client needs to sign a person in.',
    examples: [
      {
        issuer: 'https://cloudtolocalllm.auth0.com/',
        audience: 'cloudtolocalllm-api',
        clientIds: { web: 'cloudtolocalllm-web', bridge: 'cloudtolocalllm-bridge' },
        embedded: false,
        version: '0.1.0',
        protocolVersion: 1,
      },
    ],
  });
export type AuthConfig = z.infer<typeof authConfig>;

/** `GET /api/me`. `scopes` are the rights that the token or key has here. */
export const me = z
  .object({ userId: z.string(), name: z.string().optional(), scopes: z.array(z.string()) })
  .meta({ id: 'Me', examples: [{ userId: 'auth0|65b1c2', name: 'Ada', scopes: [...SCOPES, 'account'] }] });
export type Me = z.infer<typeof me>;
