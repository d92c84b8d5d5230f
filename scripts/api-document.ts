import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../apps/relay/src/config.ts';
import { createContext } from '../apps/relay/src/context.ts';
import type { OpenApiDocument } from '../apps/relay/src/docs/document.ts';
import { OPENAPI_PATH } from '../apps/relay/src/docs/docs-page.ts';
import { createServer } from '../apps/relay/src/server.ts';

/** The OpenAPI document of the relay as it is here, from one that is built and never listens. */
export async function makeApiDocument(): Promise<OpenApiDocument> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.adopt(await mkdtemp(join(tmpdir(), 'api-document-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const config = readConfig({ DATA_DIR: folder, PUBLIC_URL: 'http://localhost:3000', LOG_LEVEL: 'silent' });
  const context = cleanup.use(await createContext(config));
  const app = cleanup.use(await createServer(context));
  const response = await app.inject(OPENAPI_PATH);
  return response.json<OpenApiDocument>();
}
