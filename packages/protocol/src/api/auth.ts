import { z } from 'zod';

/** `GET /api/auth/config`, public: all that a client needs to sign a person in. */
export const authConfig = z.object({
  issuer: z.string(),
  audience: z.string(),
  clientIds: z.object({ web: z.string(), bridge: z.string() }),
  /** True when the relay's own embedded issuer is used. */
  embedded: z.boolean(),
});
export type AuthConfig = z.infer<typeof authConfig>;

/** `GET /api/me`. */
export const me = z.object({ userId: z.string(), name: z.string().optional(), scopes: z.array(z.string()) });
export type Me = z.infer<typeof me>;
