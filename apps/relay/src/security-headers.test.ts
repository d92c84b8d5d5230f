import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import helmet from '@fastify/helmet';
import { PublicUrl } from './public-url.ts';
import { securityHeaders } from './security-headers.ts';

test('lets pages call the relay and the issuer of this moment, and nothing else', async (t) => {
  const app = fastify();
  t.after(() => app.close());
  const config = { tls: undefined, publicUrl: 'https://chat.example', port: 0 };
  const issuer = { origins: ['https://issuer.example'] };
  await app.register(helmet, securityHeaders(config, new PublicUrl(config), issuer));
  app.get('/', async () => 'page');
  const connect = async () => {
    const { headers } = await app.inject('/');
    return /connect-src ([^;]*)/.exec(String(headers['content-security-policy']))?.[1];
  };
  assert.equal(await connect(), "'self' wss://chat.example https://issuer.example");
  issuer.origins = ['https://issuer.example', 'https://tokens.example'];
  assert.equal(await connect(), "'self' wss://chat.example https://issuer.example https://tokens.example");
});
