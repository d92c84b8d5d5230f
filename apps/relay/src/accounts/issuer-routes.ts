import { readFileSync } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';
import { CLIENTS } from './clients.ts';
import type { EmbeddedIssuer } from './embedded-issuer.ts';
import { ISSUER_PATH } from './issuer-configuration.ts';
import { requireLoopback } from './loopback-guard.ts';
import { problemPage, signInPage, STYLESHEET_PATH } from './pages.ts';

const config = { access: 'own computer', limitedBy: 'address' } as const;

const CLIENT_NAMES = new Map<unknown, string>(Object.values(CLIENTS).map(({ id, name }) => [id, name]));

/** The embedded issuer under `/oidc`, for this very computer alone. Register it in a scope of its own. */
export function issuerRoutes(api: Api, { issuer }: { issuer: EmbeddedIssuer }): void {
  const stylesheet = readFileSync(new URL('./pages.css', import.meta.url), 'utf8');
  api.addHook('onRequest', async (request) => requireLoopback(request));
  // The issuer reads bodies itself.
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));

  api.get(STYLESHEET_PATH, { config: { access: 'own computer', limitedBy: 'none' } }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(stylesheet),
  );

  api.get(`${ISSUER_PATH}/interaction/:uid`, { config }, async (request, reply) => {
    const interaction = await findInteraction(issuer, request, reply);
    if (interaction === undefined) return reply;
    const clientName = CLIENT_NAMES.get(interaction.params.client_id) ?? 'program';
    const action = `${ISSUER_PATH}/interaction/${interaction.uid}`;
    return reply
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(signInPage({ clientName, userName: issuer.user.name, action }));
  });

  api.post(`${ISSUER_PATH}/interaction/:uid`, { config }, async (request, reply) => {
    const interaction = await findInteraction(issuer, request, reply);
    if (interaction === undefined) return reply;
    // Our own clients need no consent; saying so ends a prompt for it as well.
    const result = { login: { accountId: issuer.user.id, remember: true }, consent: {} };
    const next = await issuer.provider.interactionResult(request.raw, reply.raw, result);
    request.log.info({ client: interaction.params.client_id }, 'Local user signed in');
    return reply.code(303).header('location', next).send();
  });

  api.all(`${ISSUER_PATH}/*`, { config }, async (request, reply) => {
    // What was prepared for the answer (security headers) would be lost with the reply.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    // The issuer finds out by these two where it is mounted.
    const { url = '/' } = request.raw;
    Object.assign(request.raw, { originalUrl: url, url: url.slice(ISSUER_PATH.length) });
    await issuer.provider.callback()(request.raw, reply.raw);
  });
}

async function findInteraction(issuer: EmbeddedIssuer, request: FastifyRequest, reply: FastifyReply) {
  try {
    return await issuer.provider.interactionDetails(request.raw, reply.raw);
  } catch (error) {
    if ((error as Error).name !== 'SessionNotFound') throw error;
    const message = 'This sign-in has taken too long or was finished already. Start it again.';
    const home = new URL('/', issuer.url).href;
    void reply.code(400).type('text/html; charset=utf-8').send(problemPage({ message, home }));
    return undefined;
  }
}
