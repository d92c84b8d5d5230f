import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { TrustedIssuer } from './accounts/token-verifier.ts';
import type { Config } from './config.ts';
import type { PublicUrl } from './public-url.ts';

/** Two years, as browsers' preload lists ask for. */
const HSTS_SECONDS = 2 * 365 * 24 * 60 * 60;

/**
 * Strict headers for the relay's own pages: nothing inline, nothing foreign but the issuer that they call to sign a
 * person in. Answers of engines bring stricter ones.
 */
export function securityHeaders(
  config: Pick<Config, 'tls' | 'publicUrl'>,
  publicUrl: PublicUrl,
  issuer: Pick<TrustedIssuer, 'origins'>,
): FastifyHelmetOptions {
  const isSecure = config.tls !== undefined || config.publicUrl?.startsWith('https:') === true;
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'"],
        // The page in which diagrams are drawn; every other one refuses to be framed.
        frameSrc: ["'self'"],
        // Not every browser counts ws: as 'self'.
        connectSrc: ["'self'", () => [publicUrl.webSocketOrigin, ...(issuer.origins ?? [])].join(' ')],
        // Signing in posts a form whose answer leads back to the web app.
        formAction: ["'self'", () => publicUrl.origin],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    strictTransportSecurity: isSecure ? { maxAge: HSTS_SECONDS, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  };
}
