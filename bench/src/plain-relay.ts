// The relay, with one route more that its gateway is measured against: see `plainExchange`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '@cloudtolocalllm/protocol';
import type { Api } from '../../apps/relay/src/api.ts';
import { readConfig } from '../../apps/relay/src/config.ts';
import type { Context } from '../../apps/relay/src/context.ts';
import { serve } from '../../apps/relay/src/serve.ts';
import { PLAIN_PREFIX } from './plain-prefix.ts';

await serve(readConfig(), (app, context) => void app.register(async (scope: Api) => plainRoute(scope, context)));

/** `/plain/*`: who asks is known and counted as everywhere, and nothing else of the gateway is there. */
function plainRoute(api: Api, { links, limits }: Context): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const config = { access: 'inference', limitedBy: 'bridge', stream: true, enginePathAfter: 1 } as const;
  api.all(`${PLAIN_PREFIX}/*`, { config, schema: { hide: true }, helmet: false }, async (request, reply) => {
    const [online] = await links.online(request.user.id);
    if (online === undefined) throw new Error('The bench has no bridge');
    const link = await links.require(request.user.id, online.bridgeId);
    await limits.chargeBridge(request, reply, link.bridgeId);
    plainExchange(request.raw, reply.raw, link);
    reply.hijack();
  });
}

/**
 * An exchange without the gateway: opened as it comes and piped through both ways. No body is held back or looked at, no
 * model is routed, no dialect known, no header picked, no silence kept alive.
 */
function plainExchange(
  request: IncomingMessage,
  response: ServerResponse,
  link: Awaited<ReturnType<Context['links']['require']>>,
): void {
  let waiting = 0;
  const path = (request.url ?? '').slice(PLAIN_PREFIX.length);
  const headers = ['content-type', 'application/json'];
  const exchange: Exchange = link.open(
    { method: request.method ?? '', path, headers },
    {
      head: (status, received) => response.writeHead(status, [...received]),
      data: (chunk) => {
        if (response.write(chunk)) exchange.consumed(chunk.length);
        else waiting += chunk.length;
      },
      end: () => response.end(),
      reset: () => response.destroy(),
      drain: () => request.resume(),
    },
  );
  request.on('data', (chunk: Buffer) => exchange.write(chunk) || request.pause()).on('end', () => exchange.end());
  response
    .on('drain', () => {
      exchange.consumed(waiting);
      waiting = 0;
    })
    .on('close', () => {
      if (!response.writableFinished) exchange.reset('cancelled', 'the client went away');
    });
}
