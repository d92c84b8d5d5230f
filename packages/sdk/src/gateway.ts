import { type BaseUrls, baseUrls } from './base-urls.ts';
import type { Transport, TransportOptions } from './transport.ts';

export type GatewayCalls = BaseUrls & {
  /**
   * `fetch` with the client's token, for paths of the relay such as `/ollama/api/tags` and for other packages' own
   * `fetch` option. Asks for another token after 401, as long as the body can be sent twice. Answers come as they are,
   * errors too.
   */
  fetch(input: string | URL, init?: RequestInit): Promise<Response>;
};

/** The engines' own APIs, with an API key or access token of the person; nothing of them is changed on the way. */
export function gatewayCalls(
  transport: Transport,
  { baseUrl, fetch: fetchFrom = fetch }: Pick<TransportOptions, 'baseUrl' | 'fetch'>,
): GatewayCalls {
  const base = baseUrl.replace(/\/+$/, '');
  // as: only browsers have one; there a base URL may be a path
  const { location } = globalThis as { location?: { href: string } };

  function urlOf(input: string | URL): URL {
    const text = String(input);
    const root = new URL(`${base}/`, location?.href);
    const url = new URL(text.startsWith('/') ? base + text : text, root);
    if (url.origin === root.origin && url.pathname.startsWith(root.pathname)) return url;
    throw new TypeError(`Cannot send the token to ${url.origin}: it is for ${root.href} only`);
  }

  return {
    ...baseUrls(base),
    ollamaHost: `${base}/ollama`,
    async fetch(input, init = {}) {
      const url = urlOf(input);
      const { signal } = init;
      const send = (token: string): Promise<Response> => {
        const headers = new Headers(init.headers);
        headers.delete('x-api-key');
        headers.set('authorization', `Bearer ${token}`);
        return fetchFrom(url, { ...init, headers, credentials: 'omit' });
      };
      const token = await transport.token(undefined, signal ?? undefined);
      const response = await send(token);
      if (response.status !== 401 || init.body instanceof ReadableStream) return response;
      const renewed = await transport.token(token, signal ?? undefined);
      if (renewed === token) return response;
      await response.body?.cancel();
      return send(renewed);
    },
  };
}
