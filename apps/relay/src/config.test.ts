import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from './config.ts';
import { PublicUrl } from './public-url.ts';

test('has sensible defaults', () => {
  const { webDir, ...config } = readConfig({});
  assert.match(webDir, /apps\/web\/dist$/);
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
    limits: { userPerHour: 1000, bridgePerHour: 10_000, addressPerHour: 1000, streamsPerUser: 100, store: 'memory' },
    metrics: { listener: undefined, public: false },
  });
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

const WRONG: [Record<string, string>, RegExp][] = [
  [{ PORT: 'http' }, /PORT must be a port number/],
  [{ PORT: '70000' }, /PORT /],
  [{ PUBLIC_URL: 'chat.example.com' }, /PUBLIC_URL must be an address such as/],
  [{ PUBLIC_URL: 'https://example.com/chat' }, /PUBLIC_URL must have no path/],
  [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL must be one of trace, /],
  [{ TLS_CERT: '/cert.pem' }, /TLS_KEY must be set too/],
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
