import { readFileSync } from 'node:fs';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import type { OpenApiDocument } from './document.ts';

export const OPENAPI_PATH = '/api/docs/openapi.json';

const DOCS_PATH = '/api/docs';

/** Swagger UI's page says nothing of small screens, and phones would show it as a wide one. */
const VIEWPORT_SCRIPT = `const viewport = document.createElement('meta');
viewport.name = 'viewport';
viewport.content = 'width=device-width, initial-scale=1';
document.head.append(viewport);
`;

/** `/api/docs`: the document as a page where requests can be tried, from files of the relay's own. */
export async function serveDocsPage(api: Api, describe: () => OpenApiDocument): Promise<void> {
  const stylesheet = readFileSync(new URL('./docs-page.css', import.meta.url), 'utf8');
  await api.register(fastifySwaggerUi, {
    routePrefix: DOCS_PATH,
    theme: {
      title: 'CloudToLocalLLM API',
      css: [{ filename: 'docs-page.css', content: stylesheet }],
      js: [{ filename: 'viewport.js', content: VIEWPORT_SCRIPT }],
    },
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      deepLinking: true,
      displayRequestDuration: true,
      // A pasted token is gone with the page.
      persistAuthorization: false,
    },
    uiHooks: {
      // Measured: 23 ms of the event loop for each, and anybody may ask. JSON is there for everything that reads YAML.
      onRequest: ({ routeOptions: { url } }, _reply, done) =>
        done(url === `${DOCS_PATH}/yaml` ? new RelayError('not_found', `There is JSON: ${OPENAPI_PATH}`) : undefined),
    },
    // Where the page is is where it may ask, under whatever name it was reached.
    transformSpecification: () => ({ ...describe(), servers: [{ url: '/' }] }),
    transformSpecificationClone: false,
  });
}
