import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { freePort } from '../../dev/src/free-port.ts';

const PROCESS = new URL('auth0-like-issuer-process.ts', import.meta.url).pathname;

/** What the process needs to know. */
export interface IssuerSettings {
  issuer: string;
  clients: { web: string; bridge: string };
  webOrigin: string;
  /** Private; the first one signs. */
  jwks: JWK[];
}

export type IssuerCommand = { command: 'settings'; settings: IssuerSettings } | { command: 'requests' };
/** The paths that were asked for since the last time. */
export type IssuerReply = { requests: string[] };

export interface IssuerKey {
  kid: string;
  privateKey: CryptoKey;
}

/**
 * Stands for Auth0: a separate `oidc-provider` process with Auth0's paths, its slash at the end of the issuer, its
 * `audience` parameter and the claims of its access tokens.
 */
export class Auth0LikeIssuer implements AsyncDisposable {
  readonly settings: IssuerSettings;
  /** The one that signs. */
  key!: IssuerKey;
  readonly #process: ChildProcess;

  private constructor(settings: IssuerSettings) {
    this.settings = settings;
    this.#process = fork(PROCESS, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  /** `webOrigin` is where the web app is: it may call the issuer, and sign-in leads back there. */
  static async start(webOrigin: string): Promise<Auth0LikeIssuer> {
    const clients = { web: 'spa-client', bridge: 'native-client' };
    const issuer = new Auth0LikeIssuer({
      issuer: `http://localhost:${await freePort()}/`,
      clients,
      webOrigin,
      jwks: [],
    });
    await issuer.rotate();
    return issuer;
  }

  get url(): string {
    return this.settings.issuer;
  }

  /** A new key in the place of the old one, which is returned. */
  async rotate(): Promise<IssuerKey> {
    const old = this.key;
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    this.key = { kid: crypto.randomUUID(), privateKey };
    this.settings.jwks = [{ ...(await exportJWK(privateKey)), kid: this.key.kid, alg: 'RS256', use: 'sig' }];
    await this.#ask({ command: 'settings', settings: this.settings });
    return old;
  }

  /** Paths asked for since the last call. */
  async requests(): Promise<string[]> {
    return (await this.#ask({ command: 'requests' })).requests;
  }

  /** An access token with the claims of Auth0's; an undefined claim is left out. */
  async token(claims: Record<string, unknown> = {}, { kid, privateKey }: IssuerKey = this.key): Promise<string> {
    const issued = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: this.url,
      sub: 'auth0|minted',
      aud: ['cloudtolocalllm-api', `${this.url}userinfo`],
      azp: this.settings.clients.web,
      scope: 'openid profile offline_access',
      permissions: [],
      iat: issued,
      exp: issued + 86_400,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
      .sign(privateKey);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #ask(command: IssuerCommand): Promise<IssuerReply> {
    const ended = new AbortController();
    const exit = once(this.#process, 'exit', { signal: ended.signal }).then(() => {
      throw new Error('The issuer has ended');
    });
    const answer = once(this.#process, 'message', { signal: ended.signal });
    this.#process.send(command);
    try {
      const [reply] = (await Promise.race([answer, exit])) as [IssuerReply]; // as: what the process sends
      return reply;
    } finally {
      ended.abort();
      exit.catch(() => {});
      answer.catch(() => {});
    }
  }
}
