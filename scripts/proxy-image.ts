// Makes the image that proxies run in: `npm run proxy:image`, for PROXY_DRIVER=docker. See docs/guides/operating-a-relay.md.
import { readConfig } from '../apps/relay/src/config.ts';
import { DockerApi } from '../apps/relay/src/proxies/drivers/docker-api.ts';
import { buildProxyImage } from '../apps/relay/src/proxies/drivers/docker-image.ts';

try {
  const { image, socketPath } = readConfig().proxies.docker;
  const api = await DockerApi.connect(socketPath);
  const id = await buildProxyImage({ api, image, log: { info: () => undefined } });
  console.log(`Made the image ${image} (${id})`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
