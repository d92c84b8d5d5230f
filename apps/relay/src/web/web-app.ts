import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';
import type { PublicUrl } from '../public-url.ts';

/** Paths of the relay itself: what is unknown below them is an error, never the web app. */
export const OWN_PATH = /^\/(api|ws|v1|ollama|proxy|oidc|download)([/?]|$)/;
/** The build puts a hash of the content into the names below this folder. */
const HASHED = /[/\\]assets[/\\]/;
/** The page in which the web app has diagrams drawn, in a frame. */
const DIAGRAM_PAGE = /[/\\]diagram\.html$/;
/** It is of no origin, runs the relay's own scripts and has no network; Mermaid writes styles into its drawings. */
const DIAGRAM_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'self'; sandbox allow-scripts";

export interface WebAppOptions {
  webDir: string;
  publicUrl: PublicUrl;
}

/**
 * Serves the built web app. `fallback` answers unknown paths: the app's own addresses get its index.html, undefined is
 * for whatever is not the app's.
 */
export async function serveWebApp(api: Api, { webDir, publicUrl }: WebAppOptions) {
  const root = resolve(webDir);
  const index = join(root, 'index.html');

  await api.register(fastifyStatic, {
    root,
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders: (reply, path) => {
      const isHashed = HASHED.test(path);
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      // For the page of no origin; whoever can reach the relay can read them anyway.
      if (isHashed) reply.header('access-control-allow-origin', '*');
      if (!DIAGRAM_PAGE.test(path)) return;
      reply.header('content-security-policy', DIAGRAM_POLICY);
      // As `frame-ancestors` has it; this one can't be said twice.
      reply.removeHeader('x-frame-options');
    },
  });

  api.addHook('onRequest', async (request, reply) => {
    const elsewhere = isNavigation(request) ? canonicalAddress(request, publicUrl) : undefined;
    if (elsewhere !== undefined) return reply.redirect(elsewhere, 302);
  });

  return {
    fallback(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
      if (!isNavigation(request)) return undefined;
      if (existsSync(index)) return reply.sendFile('index.html', root);
      return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt(root));
    },
  };
}

function isNavigation({ method, url, headers }: FastifyRequest): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && !OWN_PATH.test(url) && (headers.accept ?? '').includes('text/html');
}

/** A browser at 127.0.0.1 and one at localhost don't share a sign-in: both go to the address that the relay calls its own. */
function canonicalAddress({ headers, url }: FastifyRequest, publicUrl: PublicUrl): string | undefined {
  const { host = '' } = headers;
  const own = new URL(publicUrl.origin);
  const isOther = host !== own.host && isLoopbackHost(host) && isLoopbackHost(own.host);
  return isOther ? `${own.origin}${url}` : undefined;
}

function notBuilt(root: string): string {
  return (
    'The relay is running, but the web app has not been built.\n\n' +
    'Build it with "npm run build -w @cloudtolocalllm/web", or start everything with "npm start".\n' +
    `It is expected in ${root}\n`
  );
}
