import { fileURLToPath } from 'node:url';
import { memoryBytes } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { hasCredentials, isContact, isOrigin, isSafeAddress } from './config-addresses.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** `apps/web/dist` of this repository, wherever the relay is started from. */
const DEFAULT_WEB_DIR = fileURLToPath(new URL('../../web/dist', import.meta.url));
/** Where a build of the bridge's packages puts them. */
const DEFAULT_DOWNLOADS_DIR = fileURLToPath(new URL('../../bridge/dist/packages', import.meta.url));

const origin = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://chat.example.com' })
  .refine((text) => isOrigin(text), 'must have no path, query or credentials: scheme, host and port alone')
  .transform((text) => URL.parse(text)?.origin);

/** For an issuer: tokens and keys come from there, so plain http is for this very computer alone. */
const issuerUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://example.eu.auth0.com/' })
  .refine((text) => isSafeAddress(text), 'must begin with https:// (http:// is for this computer alone)')
  .refine((text) => !hasCredentials(text), 'must have no credentials in it');

/** Values between commas. */
const list = (byDefault = '') =>
  z
    .string()
    .default(byDefault)
    .transform((text) => text.split(',').map((item) => item.trim()))
    .transform((items) => items.filter((item) => item !== ''));

/** `none`: the word for no origin at all, where an empty value means the default. */
const corsOrigins = (byDefault: string, none?: string) =>
  list(byDefault)
    .transform((items) => (items.length === 1 && items[0] === none ? [] : items))
    .refine(
      (items) => items.every((item) => item === '*' || URL.parse(item)?.origin === item),
      `must be origins such as https://app.example.com, between commas, or *${none === undefined ? '' : `, or ${none}`}`,
    );

const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((text) => text === 'true');

const upTo = (most: number) => z.coerce.number('must be a number').int('must be a whole number').min(1).max(most);

const count = (byDefault: number, most = 1_000_000_000) => upTo(most).default(byDefault);

/** A number of proxies, or their addresses. `true` is not taken: it would believe whatever a client says. */
const trustProxy = z
  .string()
  .regex(
    /^(\d{1,2}|[\da-fA-F:./]+|loopback|linklocal|uniquelocal)(\s*,\s*([\da-fA-F:./]+|loopback|linklocal|uniquelocal))*$/,
    'must be the number of proxies in front (1), or their addresses between commas (10.0.0.0/8, loopback)',
  )
  .transform((text) => (/^\d{1,2}$/.test(text) ? Number(text) : text.split(',').map((item) => item.trim())))
  .optional();

/** What says more about an issuer of one's own. */
const OF_AN_ISSUER = ['AUTH_AUDIENCE', 'AUTH_JWKS_URL', 'AUTH_WEB_CLIENT_ID', 'AUTH_BRIDGE_CLIENT_ID'] as const;

/** The relay's environment variables: what each may say, and what it says when it is not set. */
export const configVariables = z
  .object({
    PORT: z.coerce.number('must be a port number').int().min(0).max(65535).default(3000),
    HOST: z.string().min(1).default('127.0.0.1'),
    PUBLIC_URL: origin.optional(),
    DATA_DIR: z.string().min(1).default('.data'),
    WEB_DIR: z.string().min(1).default(DEFAULT_WEB_DIR),
    DOWNLOADS_DIR: z.string().min(1).default(DEFAULT_DOWNLOADS_DIR),
    LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
    TLS_CERT: z.string().min(1).optional(),
    TLS_KEY: z.string().min(1).optional(),
    SHUTDOWN_GRACE_SECONDS: z.coerce.number('must be a number of seconds').min(0).max(3600).default(10),
    AUTH_ISSUER: issuerUrl.refine((text) => !/[?#]/.test(text), 'must have no query or fragment').optional(),
    AUTH_AUDIENCE: z.string().min(1).max(500).optional(),
    AUTH_JWKS_URL: issuerUrl.optional(),
    AUTH_WEB_CLIENT_ID: z.string().min(1).max(500).optional(),
    AUTH_BRIDGE_CLIENT_ID: z.string().min(1).max(500).optional(),
    AUTH_ALLOW: list(),
    ADMIN_SUBJECTS: list(),
    EMBEDDED_SIGN_IN_EVERYWHERE: flag,
    CORS_ORIGINS: corsOrigins(''),
    TRUST_PROXY: trustProxy,
    RATE_LIMIT_USER_PER_HOUR: count(1_000),
    RATE_LIMIT_BRIDGE_PER_HOUR: count(10_000),
    RATE_LIMIT_ADDRESS_PER_HOUR: count(1_000),
    RATE_LIMIT_STREAMS_PER_USER: count(100),
    RATE_LIMIT_SOCKETS_PER_USER: count(50),
    RATE_LIMIT_STORE: z.enum(['memory'], 'must be memory: there is no other store yet').default('memory'),
    GATEWAY_CORS_ORIGINS: corsOrigins('*', 'none'),
    PROXY_DRIVER: z.enum(['process', 'docker'], 'must be process or docker').default('process'),
    PROXY_DOMAIN: z
      .string()
      .regex(
        /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
        'must be a domain such as proxies.example.com',
      )
      .max(200)
      .optional(),
    PROXY_POOL_SIZE: z.coerce.number('must be a number').int().min(0).max(100).default(2),
    PROXY_MAX_PER_USER: count(20),
    PROXY_MAX_TOTAL: count(200),
    PROXY_MAX_TIMEOUT_SECONDS: count(24 * 3600),
    PROXY_MAX_LIFETIME_SECONDS: count(24 * 3600),
    PROXY_MAX_MEMORY: z
      .string()
      .regex(/^\d{1,6}\s?(MB|GB)$/i, 'must be an amount such as 1GB')
      .default('1GB')
      .transform(memoryBytes),
    PROXY_MAX_CPU: z.coerce.number('must be a number of cores').min(0.01).max(99).default(2),
    PROXY_MAX_REQUESTS: upTo(1_000_000_000).optional(),
    PROXY_MAX_CONCURRENT: count(50, 1000),
    PROXY_MAX_TOKENS: upTo(1_000_000_000_000).optional(),
    PROXY_DOCKER_IMAGE: z.string().min(1).max(200).default('cloudtolocalllm-proxy'),
    PROXY_DOCKER_SOCKET: z.string().min(1).default('/var/run/docker.sock'),
    PUSH_SUBJECT: z
      .string()
      .max(500)
      .refine(isContact, 'must be a contact: mailto:you@example.com, or an address that begins with https://')
      .optional(),
    METRICS_PORT: z.coerce.number('must be a port number').int().min(0).max(65535).optional(),
    METRICS_HOST: z.string().min(1).default('127.0.0.1'),
    METRICS_PUBLIC: flag,
  })
  .superRefine((values, context) => {
    const complain = (name: keyof typeof values, message: string): void =>
      context.addIssue({ code: 'custom', path: [name], message });
    if ((values.TLS_CERT === undefined) !== (values.TLS_KEY === undefined)) {
      complain(
        values.TLS_CERT === undefined ? 'TLS_CERT' : 'TLS_KEY',
        'must be set too: a certificate and its key go together',
      );
    }
    if (values.AUTH_ISSUER === undefined) {
      for (const name of OF_AN_ISSUER) {
        if (values[name] !== undefined) complain(name, 'is of use only together with AUTH_ISSUER');
      }
    } else if (values.EMBEDDED_SIGN_IN_EVERYWHERE) {
      complain('EMBEDDED_SIGN_IN_EVERYWHERE', 'is for the embedded issuer, which AUTH_ISSUER replaces');
    }
    if (values.EMBEDDED_SIGN_IN_EVERYWHERE && values.PUBLIC_URL !== undefined && !isSafeAddress(values.PUBLIC_URL)) {
      complain(
        'EMBEDDED_SIGN_IN_EVERYWHERE',
        'needs a PUBLIC_URL that begins with https://: over plain http, passwords would travel in the clear',
      );
    }
  });
