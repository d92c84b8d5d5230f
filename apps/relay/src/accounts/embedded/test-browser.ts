/** As much of a browser as signing in needs: cookies by path, redirects one by one, forms without script. */
export class TestBrowser {
  readonly #cookies = new Map<string, { value: string; path: string }>();

  /** Loads an address; redirects are not followed. `headers` are instead of or beside a browser's own. */
  async open(url: string | URL, form?: Record<string, string>, headers?: Record<string, string>): Promise<Response> {
    const { pathname, origin } = new URL(url);
    const cookies = [...this.#cookies].filter(
      ([, { path }]) => pathname === path || pathname.startsWith(path.replace(/\/?$/, '/')),
    );
    const response = await fetch(url, {
      method: form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        ...(form && { origin }),
        ...headers,
        cookie: cookies.map(([name, { value }]) => `${name}=${value}`).join('; '),
      },
      body: form && new URLSearchParams(form),
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  /** Follows redirects as long as they lead below `prefix`; returns the first answer or address that doesn't. */
  async follow(response: Response, prefix: string): Promise<{ response: Response; location: URL | undefined }> {
    for (let hops = 0; hops < 10; hops++) {
      const target = response.headers.get('location');
      if (target === null) return { response, location: undefined };
      const location = new URL(target, response.url);
      if (!location.href.startsWith(prefix)) return { response, location };
      response = await this.open(location);
    }
    throw new Error('Too many redirects');
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const path = attributes.find((attribute) => attribute.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
    if (value === '' || cookie.includes('expires=Thu, 01 Jan 1970')) this.#cookies.delete(name);
    else this.#cookies.set(name, { value, path });
  }
}

/** The action and the fields of the only form of a page. */
export async function readForm(
  response: Response,
): Promise<{ page: string; action: URL; fields: Record<string, string> }> {
  const page = await response.text();
  const [form = ''] = /<form [^>]*>/.exec(page) ?? [];
  const action = attribute(form, 'action') ?? '';
  const inputs = [...page.matchAll(/<input[^>]*>/g)].map(([input]) => input);
  const fields = inputs.map((input) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? '']);
  return { page, action: new URL(action, response.url), fields: Object.fromEntries(fields) as Record<string, string> };
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
}
