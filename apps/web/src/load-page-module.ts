import { createServer } from 'vite';

/** Loads modules of the page in Node, for tests: Node alone reads no TSX. `after` is told how it is ended. */
export async function pageModules(
  after: (close: () => Promise<void>) => void,
): Promise<<Module>(path: string) => Promise<Module>> {
  const server = await createServer({
    configFile: false,
    root: new URL('..', import.meta.url).pathname,
    appType: 'custom',
    logLevel: 'error',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  });
  after(() => server.close());
  // as: the caller names what it loads.
  return async (path) => (await server.ssrLoadModule(`/src/${path}`)) as never;
}
