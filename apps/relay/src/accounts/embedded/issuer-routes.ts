import { readFileSync } from 'node:fs';
import type { Api } from '../../api.ts';
import { RelayError } from '../../errors.ts';
import type { PublicUrl } from '../../public-url.ts';
import type { EmbeddedIssuer } from './embedded-issuer.ts';
import { watchEndedTokens } from '../ended-tokens-watch.ts';
import { ISSUER_PATH } from './issuer-configuration.ts';
import { type LocalAccountParts, localAccount } from './local-account.ts';
import { requireLoopback } from '../loopback-guard.ts';
import { STYLESHEET_PATH } from './page.ts';
import { passwordRoutes } from './password-routes.ts';
import { presentToIssuer } from './present-to-issuer.ts';
import { signInRoutes } from './sign-in-routes.ts';

/** Pages of a few short fields. */
const MAX_FORM_BYTES = 8 * 1024;

export interface IssuerRoutesParts extends Omit<LocalAccountParts, 'user' | 'kysely'> {
  issuer: EmbeddedIssuer;
  publicUrl: PublicUrl;
  database: { kysely: LocalAccountParts['kysely'] };
  config: { auth: { embeddedEverywhere: boolean } };
}

/**
 * The embedded issuer under `/oidc`, for this very computer alone unless the configuration says otherwise. Register it
 * in a scope of its own.
 */
export function issuerRoutes(api: Api, parts: IssuerRoutesParts): void {
  const { issuer, publicUrl, users, tokens, audit } = parts;
  const { kysely } = parts.database;
  const everywhere = parts.config.auth.embeddedEverywhere;
  const config = { access: 'own computer', limitedBy: 'address' } as const;
  const stylesheet = readFileSync(new URL('./pages.css', import.meta.url), 'utf8');
  const account = localAccount({ user: issuer.user, kysely, users, tokens, audit });
  const watch = watchEndedTokens({ userId: issuer.user.id, users, tokens, log: api.log });
  api.addHook('onClose', async () => watch[Symbol.dispose]());

  if (!everywhere) api.addHook('onRequest', async (request) => requireLoopback(request));
  // The issuer reads bodies itself.
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));

  api.get(STYLESHEET_PATH, { config: { access: 'own computer', limitedBy: 'none' } }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(stylesheet),
  );

  // As a plugin, so that forms are read for these pages alone.
  api.register(async (pages: Api) => {
    pages.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    signInRoutes(pages, { issuer, account, publicUrl, everywhere });
    passwordRoutes(pages, { account, publicUrl });
  });

  api.all(`${ISSUER_PATH}/*`, { config }, async (request, reply) => {
    const { url = '/' } = request.raw;
    // The router compares decoded paths, and takes absolute ones (RFC 9112, 3.2.2): what is cut off below must be there.
    if (!url.startsWith(`${ISSUER_PATH}/`)) throw new RelayError('not_found', 'There is nothing at this address.');
    // What was prepared for the answer (security headers) would be lost with the reply.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    presentToIssuer(request, publicUrl);
    // The issuer finds out by these two where it is mounted.
    Object.assign(request.raw, { originalUrl: url, url: url.slice(ISSUER_PATH.length) });
    await issuer.provider.callback()(request.raw, reply.raw);
  });
}
