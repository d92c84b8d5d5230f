import { resolve } from 'node:path';
import { downloads, type Downloads } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import type { PublicUrl } from '../public-url.ts';
import { BridgePackages } from './bridge-packages.ts';

export interface DownloadRoutesOptions {
  downloadsDir: string;
  publicUrl: PublicUrl;
}

/** The bridge's packages: whoever is to connect a computer has no token there yet. */
export function downloadRoutes(api: Api, { downloadsDir, publicUrl }: DownloadRoutesOptions): void {
  const root = resolve(downloadsDir);
  const packages = new BridgePackages(root);

  api.get(
    '/api/downloads',
    {
      config: { access: 'public', limitedBy: 'address' },
      schema: {
        operationId: 'listDownloads',
        summary: 'The packages of the bridge that this relay hands out',
        tags: ['Bridges'],
        response: { 200: downloads },
      },
    },
    async (): Promise<Downloads> => {
      const found = await packages.list();
      return { packages: found.map((one) => Object.assign({ url: `${publicUrl.origin}/download/${one.name}` }, one)) };
    },
  );

  api.get(
    '/download/:name',
    {
      config: { access: 'public', limitedBy: 'address' },
      schema: { hide: true, params: z.object({ name: z.string().max(200) }) },
    },
    async ({ params: { name } }, reply) => {
      const known = (await packages.list()).some((one) => one.name === name);
      if (!known) {
        throw new RelayError('not_found', 'There is no such file. GET /api/downloads lists what there is.');
      }
      return reply.header('content-disposition', `attachment; filename="${name}"`).sendFile(name, root);
    },
  );
}
