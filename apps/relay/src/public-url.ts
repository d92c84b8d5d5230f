import type { Config } from './config.ts';

/** Where the relay was reached last; the `token` command makes its tokens for there. */
export const PUBLIC_URL_SETTING = 'public_url';

/**
 * The origin under which people reach the relay: configured, or known once it listens on a port of the system's
 * choosing. All absolute URLs are made from it, never from a request's Host.
 */
export class PublicUrl {
  #origin: string | undefined;
  readonly #scheme: 'http' | 'https';

  constructor({ publicUrl, port, tls }: Pick<Config, 'publicUrl' | 'port' | 'tls'>) {
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#origin = publicUrl;
    if (port !== 0) this.listeningOn(port);
  }

  /** Called with the real port; changes nothing when the origin is known. */
  listeningOn(port: number): void {
    this.#origin ??= `${this.#scheme}://localhost:${port}`;
  }

  /** @throws Error before the relay listens, when neither PUBLIC_URL nor PORT says where it will be. */
  get origin(): string {
    if (this.#origin === undefined) throw new Error('Cannot tell the public URL: the relay does not listen yet');
    return this.#origin;
  }

  /** The same place for WebSockets: `ws` for `http`, `wss` for `https`. */
  get webSocketOrigin(): string {
    return this.origin.replace(/^http/, 'ws');
  }
}
