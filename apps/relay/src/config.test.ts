import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from './config.ts';
import { PublicUrl } from './public-url.ts';

test('has sensible defaults', () => {
  const { webDir, downloadsDir, ...config } = readConfig({});
  assert.match(webDir, /apps\/web\/dist$/);
  assert.match(downloadsDir, /apps\/bridge\/dist\/packages$/);
  assert.deepEqual(config, {
    port: 3000,
    host: '127.0.0.1',
    publicUrl: undefined,
    dataDir: '.data',
    logLevel: 'info',
    tls: undefined,
    shutdownGraceMs: 10_000,
    auth: {
      issuer: undefined,
      audience: 'cloudtolocalllm-api',
      clientIds: { web: 'cloudtolocalllm-web', bridge: 'cloudtolocalllm-bridge' },
      allow: [],
      adminSubjects: [],
      embeddedEverywhere: false,
    },
    corsOrigins: [],
    trustProxy: undefined,
    limits: {
      userPerHour: 1000,
      bridgePerHour: 10_000,
      addressPerHour: 1000,
      streamsPerUser: 100,
      socketsPerUser: 50,
      store: 'memory',
    },
    gatewayCorsOrigins: ['*'],
    proxies: {
      driver: 'process',
      domain: undefined,
      poolSize: 2,
      maxPerUser: 20,
      maxTotal: 200,
      maxTimeoutSeconds: 86_400,
      maxLifetimeSeconds: 86_400,
      maxMemoryBytes: 1024 ** 3,
      maxCpus: 2,
      maxRequests: undefined,
      maxConcurrent: 50,
      maxTokens: undefined,
      docker: { image: 'cloudtolocalllm-proxy', socketPath: '/var/run/docker.sock' },
    },
    push: { subject: undefined },
    metrics: { listener: undefined, public: false },
  });
});

test('reads the most that proxies may ask for', () => {
  const { proxies } = readConfig({ PROXY_MAX_REQUESTS: '10', PROXY_MAX_CONCURRENT: '3', PROXY_MAX_TOKENS: '500' });
  assert.deepEqual([proxies.maxRequests, proxies.maxConcurrent, proxies.maxTokens], [10, 3, 500]);
  assert.throws(() => readConfig({ PROXY_MAX_CONCURRENT: '0', PROXY_MAX_TOKENS: '1.5' }), /CONCURRENT.*TOKENS/);
});

test('reads which web pages may reach engines, or none', () => {
  const origins = (value: string) => readConfig({ GATEWAY_CORS_ORIGINS: value }).gatewayCorsOrigins;
  assert.deepEqual(origins(''), ['*']);
  assert.deepEqual(origins('none'), []);
  assert.deepEqual(origins('https://a.example'), ['https://a.example']);
  assert.throws(() => origins('none,https://a.example'), /GATEWAY_CORS_ORIGINS must be origins/);
});

test('reads every variable and takes an empty one for unset', () => {
  const config = readConfig({
    PORT: '8080',
    HOST: '::',
    PUBLIC_URL: 'https://chat.example.com/',
    DATA_DIR: '/data',
    WEB_DIR: '/web',
    LOG_LEVEL: 'warn',
    TLS_CERT: '/cert.pem',
    TLS_KEY: '/key.pem',
    SHUTDOWN_GRACE_SECONDS: '',
  });
  assert.equal(config.publicUrl, 'https://chat.example.com');
  assert.deepEqual(config.tls, { certPath: '/cert.pem', keyPath: '/key.pem' });
  assert.equal(config.shutdownGraceMs, 10_000);
});

test('reads who signs people in, who may enter, and who stands in front', () => {
  const { auth, corsOrigins, trustProxy, limits, push, metrics } = readConfig({
    AUTH_ISSUER: 'https://example.eu.auth0.com/',
    AUTH_AUDIENCE: 'my-api',
    AUTH_JWKS_URL: 'http://127.0.0.1:9000/keys?policy=a',
    AUTH_WEB_CLIENT_ID: 'spa',
    AUTH_BRIDGE_CLIENT_ID: 'native',
    AUTH_ALLOW: 'auth0|1, *@example.com,,',
    ADMIN_SUBJECTS: 'auth0|1',
    CORS_ORIGINS: 'https://a.example, http://localhost:5173',
    TRUST_PROXY: '10.0.0.0/8, loopback',
    RATE_LIMIT_USER_PER_HOUR: '5',
    PUSH_SUBJECT: 'mailto:ada@relay.example',
    METRICS_PORT: '9090',
    METRICS_PUBLIC: 'true',
  });
  assert.deepEqual(auth, {
    issuer: { url: 'https://example.eu.auth0.com/', jwksUrl: 'http://127.0.0.1:9000/keys?policy=a' },
    audience: 'my-api',
    clientIds: { web: 'spa', bridge: 'native' },
    allow: ['auth0|1', '*@example.com'],
    adminSubjects: ['auth0|1'],
    embeddedEverywhere: false,
  });
  assert.deepEqual(corsOrigins, ['https://a.example', 'http://localhost:5173']);
  assert.deepEqual(trustProxy, ['10.0.0.0/8', 'loopback']);
  assert.equal(limits.userPerHour, 5);
  assert.equal(push.subject, 'mailto:ada@relay.example');
  assert.deepEqual(metrics, { listener: { host: '127.0.0.1', port: 9090 }, public: true });
});

test('the issuer stays as it is written, slash or none: its tokens name it to the letter', () => {
  for (const url of [
    'https://a.example',
    'https://a.example/',
    'https://kc.example/realms/home',
    'http://localhost:1/',
  ]) {
    assert.equal(readConfig({ AUTH_ISSUER: url }).auth.issuer?.url, url);
  }
});

const WRONG: [Record<string, string>, RegExp][] = [
  [{ PORT: 'http' }, /PORT must be a port number/],
  [{ PORT: '70000' }, /PORT /],
  [{ PUBLIC_URL: 'chat.example.com' }, /PUBLIC_URL must be an address such as/],
  [{ PUBLIC_URL: 'https://example.com/chat' }, /PUBLIC_URL must have no path/],
  [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL must be one of trace, /],
  [{ TLS_CERT: '/cert.pem' }, /TLS_KEY must be set too/],
  [{ AUTH_ISSUER: 'example.eu.auth0.com' }, /AUTH_ISSUER must be an address such as/],
  [{ AUTH_ISSUER: 'http://issuer.example/' }, /AUTH_ISSUER must begin with https/],
  [{ AUTH_ISSUER: 'https://issuer.example/?tenant=a' }, /AUTH_ISSUER must have no query or fragment/],
  [{ AUTH_ISSUER: 'https://user:word@issuer.example/' }, /AUTH_ISSUER must have no credentials/],
  [{ AUTH_AUDIENCE: 'my-api' }, /AUTH_AUDIENCE is of use only together with AUTH_ISSUER/],
  [{ AUTH_JWKS_URL: 'https://issuer.example/keys' }, /AUTH_JWKS_URL is of use only/],
  [{ AUTH_ISSUER: 'https://issuer.example/', AUTH_JWKS_URL: 'http://issuer.example/keys' }, /AUTH_JWKS_URL must begin/],
  [{ AUTH_ISSUER: 'https://issuer.example/', EMBEDDED_SIGN_IN_EVERYWHERE: 'true' }, /EMBEDDED_SIGN_IN_EVERYWHERE/],
  [{ EMBEDDED_SIGN_IN_EVERYWHERE: 'yes' }, /must be true or false/],
  [{ CORS_ORIGINS: 'https://a.example/' }, /CORS_ORIGINS must be origins/],
  [{ PUSH_SUBJECT: 'ada@relay.example' }, /PUSH_SUBJECT must be a contact/],
  [{ PUSH_SUBJECT: 'http://relay.example' }, /PUSH_SUBJECT must be a contact/],
  [{ TRUST_PROXY: 'true' }, /TRUST_PROXY must be the number/],
  [{ RATE_LIMIT_USER_PER_HOUR: '0' }, /RATE_LIMIT_USER_PER_HOUR/],
  [{ PORT: 'x', LOG_LEVEL: 'y' }, /PORT .*; LOG_LEVEL /],
];
for (const [variables, message] of WRONG) {
  test(`names what is wrong in ${JSON.stringify(variables)}`, () => {
    assert.throws(
      () => readConfig(variables),
      (error: Error) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test('the public URL is the configured one, else localhost with the port it listens on', () => {
  assert.equal(new PublicUrl({ publicUrl: undefined, port: 3000, tls: undefined }).origin, 'http://localhost:3000');
  const unknown = new PublicUrl({ publicUrl: undefined, port: 0, tls: { certPath: '', keyPath: '' } });
  assert.throws(() => unknown.origin, /does not listen yet/);
  unknown.listeningOn(1234);
  assert.equal(unknown.webSocketOrigin, 'wss://localhost:1234');
  const configured = new PublicUrl({ publicUrl: 'https://a.example', port: 0, tls: undefined });
  configured.listeningOn(1234);
  assert.equal(configured.origin, 'https://a.example');
});
