import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export const AUDIENCE = 'cloudtolocalllm-api';

interface SigningKey {
  kid: string;
  privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  publicJwk: JWK;
}

/** An issuer of access tokens on this computer, as much of it as a relay asks for; it ends with the test. */
export class TestIssuer {
  readonly url: string;
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  keys: SigningKey[] = [];
  /** Answers instead, path by path. */
  readonly answers: Record<string, (response: ServerResponse) => void> = {};
  /** Changes to the discovery document. */
  discovery: Record<string, unknown> = {};
  readonly #server = createServer((request, response) => this.#answer(request.url ?? '', response));
  #port = 0;

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://localhost:${port}/`;
  }

  static async start(t: TestContext): Promise<TestIssuer> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo; // listening on TCP
    probe.close();
    await once(probe, 'close');
    const issuer = new TestIssuer(port);
    await issuer.rotate();
    await issuer.up();
    t.after(() => issuer.down());
    return issuer;
  }

  get jwksUrl(): string {
    return `${this.url}.well-known/jwks.json`;
  }

  async up(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async down(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** A new key in the place of all others; the old ones are returned, for whoever still signs with them. */
  async rotate(): Promise<SigningKey[]> {
    const old = this.keys;
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const kid = crypto.randomUUID();
    const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
    this.keys = [{ kid, privateKey, publicJwk }];
    return old;
  }

  /** An access token as Auth0 would make it; an undefined claim is left out. */
  token(claims: Record<string, unknown> = {}, key: SigningKey | undefined = this.keys[0]): Promise<string> {
    if (key === undefined) throw new Error('The issuer has no key');
    const issued = Math.floor(Date.now() / 1000);
    const standard = { iss: this.url, aud: [AUDIENCE, `${this.url}userinfo`], sub: 'auth0|1', iat: issued };
    return new SignJWT({ ...standard, exp: issued + 86_400, azp: 'web', scope: 'openid profile', ...claims })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid })
      .sign(key.privateKey);
  }

  #answer(path: string, response: ServerResponse): void {
    this.requests.push(path);
    const special = this.answers[path];
    if (special !== undefined) return special(response);
    response.setHeader('content-type', 'application/json');
    if (path === '/.well-known/openid-configuration') {
      const document = { issuer: this.url, jwks_uri: this.jwksUrl, token_endpoint: `${this.url}oauth/token` };
      response.end(JSON.stringify({ ...document, ...this.discovery }));
    } else if (path === '/.well-known/jwks.json') {
      response.end(JSON.stringify({ keys: this.keys.map(({ publicJwk }) => publicJwk) }));
    } else {
      response.writeHead(404).end('{}');
    }
  }
}
