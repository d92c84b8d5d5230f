import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** `apps/web/dist` of this repository, wherever the relay is started from. */
const DEFAULT_WEB_DIR = fileURLToPath(new URL('../../web/dist', import.meta.url));

const origin = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://chat.example.com' })
  .refine((text) => isOrigin(text), 'must have no path, query or credentials: scheme, host and port alone')
  .transform((text) => URL.parse(text)?.origin);

const environment = z
  .object({
    PORT: z.coerce.number('must be a port number').int().min(0).max(65535).default(3000),
    HOST: z.string().min(1).default('127.0.0.1'),
    PUBLIC_URL: origin.optional(),
    DATA_DIR: z.string().min(1).default('.data'),
    WEB_DIR: z.string().min(1).default(DEFAULT_WEB_DIR),
    LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
    TLS_CERT: z.string().min(1).optional(),
    TLS_KEY: z.string().min(1).optional(),
    SHUTDOWN_GRACE_SECONDS: z.coerce.number('must be a number of seconds').min(0).max(3600).default(10),
  })
  .superRefine(({ TLS_CERT, TLS_KEY }, context) => {
    if ((TLS_CERT === undefined) === (TLS_KEY === undefined)) return;
    const missing = TLS_CERT === undefined ? 'TLS_CERT' : 'TLS_KEY';
    context.addIssue({
      code: 'custom',
      path: [missing],
      message: 'must be set too: a certificate and its key go together',
    });
  });

export interface Config {
  /** 0: any free port. */
  port: number;
  host: string;
  /** Origin under which people reach the relay. Undefined: `localhost` and the port that it listens on. */
  publicUrl: string | undefined;
  dataDir: string;
  webDir: string;
  logLevel: (typeof LOG_LEVELS)[number];
  /** Paths of PEM files. */
  tls: { certPath: string; keyPath: string } | undefined;
  shutdownGraceMs: number;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration from environment variables; an empty one counts as unset.
 * @throws ConfigError naming each wrong variable and what is wrong with it.
 */
export function readConfig(variables: Record<string, string | undefined> = process.env): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = environment.safeParse(set);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new ConfigError(`Cannot read the configuration: ${problems.join('; ')}`);
  }
  const values = result.data;
  const { TLS_CERT: certPath, TLS_KEY: keyPath } = values;
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL,
    dataDir: values.DATA_DIR,
    webDir: values.WEB_DIR,
    logLevel: values.LOG_LEVEL,
    tls: certPath !== undefined && keyPath !== undefined ? { certPath, keyPath } : undefined,
    shutdownGraceMs: values.SHUTDOWN_GRACE_SECONDS * 1000,
  };
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  // The other check has said already that it is no address.
  if (url === null) return true;
  const { pathname, search, hash, username, password } = url;
  return pathname === '/' && `${search}${hash}${username}${password}` === '';
}
