import { API_AUDIENCE, CLIENTS } from './accounts/clients.ts';
import { configVariables, type LOG_LEVELS } from './config-variables.ts';

export interface Config {
  /** 0: any free port. */
  port: number;
  host: string;
  /** Origin under which people reach the relay. Undefined: `localhost` and the port that it listens on. */
  publicUrl: string | undefined;
  dataDir: string;
  webDir: string;
  /** The bridge's packages, for people to download. */
  downloadsDir: string;
  logLevel: (typeof LOG_LEVELS)[number];
  /** Paths of PEM files. */
  tls: { certPath: string; keyPath: string } | undefined;
  shutdownGraceMs: number;
  auth: AuthConfiguration;
  /** Origins of web pages that may call the API; `*` = all. */
  corsOrigins: readonly string[];
  /** The same for the gateway and proxies, whose callers bring a key or token of their own. */
  gatewayCorsOrigins: readonly string[];
  /** How many proxies stand in front, or which; undefined = none, and no forwarding header is believed. */
  trustProxy: number | readonly string[] | undefined;
  limits: LimitsConfiguration;
  metrics: MetricsConfiguration;
  proxies: ProxiesConfiguration;
  /** Web Push. `subject`: how push services reach whoever runs the relay; undefined = by its public URL. */
  push: { subject: string | undefined };
}

/** Who signs people in, and who may enter. */
export interface AuthConfiguration {
  /** Undefined: the embedded issuer. */
  issuer: { url: string; jwksUrl: string | undefined } | undefined;
  audience: string;
  /** The OAuth clients of web app and bridge at the issuer. */
  clientIds: { web: string; bridge: string };
  /** Subjects and verified e-mail addresses (`*@example.com` for a whole domain); empty = whoever the issuer signs in. */
  allow: readonly string[];
  adminSubjects: readonly string[];
  /** Lets people sign in at the embedded issuer from other computers too. */
  embeddedEverywhere: boolean;
}

/** How much one may ask for. */
export interface LimitsConfiguration {
  userPerHour: number;
  bridgePerHour: number;
  /** Of requests without a valid token, per address. */
  addressPerHour: number;
  /** At a time. */
  streamsPerUser: number;
  /** WebSockets of one person's devices at a time. */
  socketsPerUser: number;
  store: 'memory';
}

/** Where `/metrics` is. */
export interface MetricsConfiguration {
  /** A listener of its own; undefined = none. */
  listener: { host: string; port: number } | undefined;
  /** On the relay's own listener, for administrators. */
  public: boolean;
}

/** How ephemeral streaming proxies run, and the most that one may ask for. */
export interface ProxiesConfiguration {
  driver: 'process' | 'docker';
  /** Their endpoints are `{proxyId}.` and this; undefined = paths of the relay's own address. */
  domain: string | undefined;
  /** Processes that wait, ready, for proxies to be made. */
  poolSize: number;
  maxPerUser: number;
  maxTotal: number;
  maxTimeoutSeconds: number;
  maxLifetimeSeconds: number;
  maxMemoryBytes: number;
  /** Cores. */
  maxCpus: number;
  /** In all; undefined = any number. */
  maxRequests: number | undefined;
  /** Requests at a time; also where no number is asked for. */
  maxConcurrent: number;
  /** Generated, in all; undefined = any number. */
  maxTokens: number | undefined;
  docker: { image: string; socketPath: string };
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
  const result = configVariables.safeParse(set);
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
    downloadsDir: values.DOWNLOADS_DIR,
    logLevel: values.LOG_LEVEL,
    tls: certPath !== undefined && keyPath !== undefined ? { certPath, keyPath } : undefined,
    shutdownGraceMs: values.SHUTDOWN_GRACE_SECONDS * 1000,
    auth: {
      issuer: values.AUTH_ISSUER === undefined ? undefined : { url: values.AUTH_ISSUER, jwksUrl: values.AUTH_JWKS_URL },
      audience: values.AUTH_AUDIENCE ?? API_AUDIENCE,
      clientIds: {
        web: values.AUTH_WEB_CLIENT_ID ?? CLIENTS.web.id,
        bridge: values.AUTH_BRIDGE_CLIENT_ID ?? CLIENTS.bridge.id,
      },
      allow: values.AUTH_ALLOW,
      adminSubjects: values.ADMIN_SUBJECTS,
      embeddedEverywhere: values.EMBEDDED_SIGN_IN_EVERYWHERE,
    },
    corsOrigins: values.CORS_ORIGINS,
    trustProxy: values.TRUST_PROXY,
    limits: {
      userPerHour: values.RATE_LIMIT_USER_PER_HOUR,
      bridgePerHour: values.RATE_LIMIT_BRIDGE_PER_HOUR,
      addressPerHour: values.RATE_LIMIT_ADDRESS_PER_HOUR,
      streamsPerUser: values.RATE_LIMIT_STREAMS_PER_USER,
      socketsPerUser: values.RATE_LIMIT_SOCKETS_PER_USER,
      store: values.RATE_LIMIT_STORE,
    },
    gatewayCorsOrigins: values.GATEWAY_CORS_ORIGINS,
    proxies: {
      driver: values.PROXY_DRIVER,
      domain: values.PROXY_DOMAIN,
      poolSize: values.PROXY_POOL_SIZE,
      maxPerUser: values.PROXY_MAX_PER_USER,
      maxTotal: values.PROXY_MAX_TOTAL,
      maxTimeoutSeconds: values.PROXY_MAX_TIMEOUT_SECONDS,
      maxLifetimeSeconds: values.PROXY_MAX_LIFETIME_SECONDS,
      maxMemoryBytes: values.PROXY_MAX_MEMORY,
      maxCpus: values.PROXY_MAX_CPU,
      maxRequests: values.PROXY_MAX_REQUESTS,
      maxConcurrent: values.PROXY_MAX_CONCURRENT,
      maxTokens: values.PROXY_MAX_TOKENS,
      docker: { image: values.PROXY_DOCKER_IMAGE, socketPath: values.PROXY_DOCKER_SOCKET },
    },
    push: { subject: values.PUSH_SUBJECT },
    metrics: {
      listener:
        values.METRICS_PORT === undefined ? undefined : { host: values.METRICS_HOST, port: values.METRICS_PORT },
      public: values.METRICS_PUBLIC,
    },
  };
}
