import fastifySwagger from '@fastify/swagger';
import type { FastifyReply } from 'fastify';
import { createJsonSchemaTransformObject, jsonSchemaTransform } from 'fastify-type-provider-zod';
import packageJson from '../../package.json' with { type: 'json' };
import type { Api } from '../api.ts';
import type { PublicUrl } from '../public-url.ts';
import { ANSWER_HEADERS } from './answer-headers.ts';
import { completeDocument } from './complete-document.ts';
import type { OpenApiDocument } from './document.ts';
import { OPENAPI_PATH, serveDocsPage } from './docs-page.ts';
import { errorResponses } from './error-responses.ts';

const withComponents = createJsonSchemaTransformObject({});

/**
 * Collects the routes that are registered after it and describes them at `/api/docs/openapi.json` (OpenAPI 3.1, from the
 * very schemas that validate) and, for people, at `/api/docs`.
 */
export async function documentApi(api: Api, { publicUrl }: { publicUrl: PublicUrl }): Promise<void> {
  await api.register(fastifySwagger, {
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CloudToLocalLLM API',
        version: packageJson.version,
        description:
          'Your own computer’s language model, wherever you are: bridges, chat and the engine’s own API through a relay.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      security: [{ bearer: [] }],
      tags: [
        { name: 'Bridges', description: 'The programs on your computers.' },
        { name: 'Chat', description: 'Conversations and the answers in them.' },
        { name: 'Inference', description: 'The API of the engine behind a bridge, passed through.' },
        { name: 'Streaming proxies', description: 'Ephemeral ways to one of your computers, each with its own token.' },
        { name: 'Account', description: 'You, and what happened to your account.' },
        { name: 'API keys', description: 'For programs: narrowed to scopes, bridges and models.' },
        { name: 'Health', description: 'How the relay is.' },
      ],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'An access token of the issuer that `GET /api/auth/config` names, or an API key (`c2l_…`).',
          },
          proxyToken: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token of one streaming proxy (`c2p_…`), for its own endpoint alone.',
          },
        },
      },
    },
    transform: (input) => {
      if (!('openapiObject' in input)) throw new Error('Cannot describe the routes: OpenAPI is the only form there is');
      const { access, limitedBy, idempotent } = input.route.config ?? {};
      // Plugins' files, the issuer's pages and whatever a module hides.
      if (access === undefined || access === 'own computer') return { schema: { hide: true }, url: input.url };
      const { schema, url } = jsonSchemaTransform(input);
      return {
        url,
        schema: Object.assign({}, schema, { 'x-route': { access, limitedBy, idempotent: idempotent !== undefined } }),
      };
    },
    transformObject: (input) => {
      // as: its types know neither the version nor our extensions; what comes in here is what completeDocument takes.
      const document = withComponents(input) as unknown as OpenApiDocument;
      Object.assign(document.components, { headers: ANSWER_HEADERS, responses: errorResponses() });
      return completeDocument(document) as ReturnType<typeof withComponents>;
    },
  });

  // as: see above
  const describe = (): OpenApiDocument => api.swagger() as unknown as OpenApiDocument;
  api.get(
    OPENAPI_PATH,
    { config: { access: 'public', limitedBy: 'none' }, schema: { hide: true } },
    async (_request, reply: FastifyReply) =>
      reply.header('cache-control', 'no-cache').send({ ...describe(), servers: [{ url: publicUrl.origin }] }),
  );
  await serveDocsPage(api, describe);
}
