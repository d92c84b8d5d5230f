/** What the build says of the app's files. */
export type Shell = { version: string; files: readonly string[] };

export type ShellCache = {
  /** Fetches the app as it is now. */
  install(): Promise<void>;
  /** Forgets versions that no page can be of any more. */
  tidy(): Promise<void>;
  /** The answer to a request that is the shell's; undefined: it goes to the network as if there were no worker. */
  answer(request: ShellRequest): Promise<Response> | undefined;
};

type ShellRequest = Pick<Request, 'method' | 'url' | 'mode' | 'destination'>;

export type ShellCacheOptions = {
  shell: Shell;
  caches: CacheStorage;
  fetch: (request: ShellRequest | Request) => Promise<Response>;
  origin: string;
};

const PREFIX = 'shell-';
const INDEX = '/index.html';
/** Never the worker's business: what is said there is a person's, or changes from one moment to the next. */
const OTHERS = /^\/(api|v1|ollama|oidc|proxy|ws)([/?]|$)/;
/** Names with a hash of their content. */
const ASSETS = '/assets/';
/** A page that is open may be of the version before, and still load parts of it. */
const KEPT_VERSIONS = 2;
/** A network that is there and says nothing must not leave the page blank while the app is kept. */
const PATIENCE_MS = 3_000;

/** The app's own files, kept so that it opens without a network. */
export function createShellCache({ shell, caches, fetch, origin }: ShellCacheOptions): ShellCache {
  const name = PREFIX + shell.version;

  async function page(request: ShellRequest): Promise<Response> {
    const asked = fetch(request);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLong = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), PATIENCE_MS)));
    const response = await Promise.race([asked, tooLong]).catch(() => undefined);
    clearTimeout(timer);
    // A proxy in front answers 5xx when the relay is away; the app says it better.
    if (response !== undefined && response.status < 500) return response;
    const kept = await (await caches.open(name)).match(INDEX);
    if (kept === undefined) return asked;
    // Nobody waits for it any more.
    asked.catch(() => {});
    return kept;
  }

  async function asset(request: ShellRequest, path: string): Promise<Response> {
    const kept = await caches.match(path);
    if (kept) return kept;
    const response = await fetch(request);
    // A full disk keeps nothing, but the page has its answer.
    if (response.ok) void keep(path, response.clone()).catch(() => {});
    return response;
  }
  const keep = async (path: string, response: Response): Promise<void> => (await caches.open(name)).put(path, response);

  return {
    async install() {
      const cache = await caches.open(name);
      // Past the browser's own cache: half of another version would be worse than none.
      await cache.addAll(
        [INDEX, ...shell.files].map((path) => new Request(origin + path, { cache: 'reload', credentials: 'omit' })),
      );
    },
    async tidy() {
      const names = (await caches.keys()).filter((other) => other.startsWith(PREFIX) && other !== name);
      // In the order in which they were made.
      const old = names.slice(0, Math.max(0, names.length - (KEPT_VERSIONS - 1)));
      await Promise.all(old.map((other) => caches.delete(other)));
    },
    answer(request) {
      const { origin: asked, pathname } = new URL(request.url);
      if (request.method !== 'GET' || asked !== origin || OTHERS.test(pathname)) return undefined;
      // A page in a frame is another one than the app.
      if (request.mode === 'navigate') return request.destination === 'document' ? page(request) : undefined;
      if (pathname.startsWith(ASSETS)) return asset(request, pathname);
      return shell.files.includes(pathname) ? file(request, pathname) : undefined;
    },
  };

  /** Icons and the like, whose names don't change: from the network while there is one. */
  async function file(request: ShellRequest, path: string): Promise<Response> {
    try {
      return await fetch(request);
    } catch (error) {
      const kept = await caches.match(path);
      if (kept) return kept;
      throw error;
    }
  }
}
