import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { openWay, WayError } from '../network/open-way.ts';
import { proxyInForce, proxySettingsInForce } from '../network/outbound.ts';
import { proxyName } from '../network/proxy-settings.ts';
import { failed, ok, warning, type Check } from './check.ts';
import { NO_RELAY } from './local-checks.ts';
import { judgeTls } from './tls-check.ts';

/** Checks of the way to the relay, below HTTP. */
export const networkChecks: readonly Check[] = [
  {
    id: 'proxy',
    title: 'Proxy',
    after: ['credentials'],
    async run({ relay }) {
      const settings = proxySettingsInForce();
      if (relay === undefined) return NO_RELAY;
      const proxy = proxyInForce(relay);
      if (!proxy) {
        const isHttps = new URL(relay).protocol === 'https:';
        if (settings.https && isHttps) return ok(`HTTPS_PROXY is set, NO_PROXY takes the relay out of it`);
        return settings.http && isHttps
          ? warning(
              'HTTP_PROXY is set, HTTPS_PROXY is not: the relay is asked directly',
              'If this network has a proxy, set HTTPS_PROXY too.',
            )
          : ok('none is set for the relay');
      }
      try {
        (await openWay(relay)).destroy();
        return ok(`${proxyName(proxy)} lets through to ${new URL(relay).host}`);
      } catch (error) {
        return failed((error as Error).message, 'Without a proxy: unset HTTPS_PROXY, or name the relay in NO_PROXY.');
      }
    },
  },
  {
    id: 'dns',
    title: 'DNS',
    after: ['credentials'],
    async run({ relay }) {
      if (relay === undefined) return NO_RELAY;
      const host = new URL(relay).hostname.replace(/^\[|\]$/g, '');
      const proxy = proxyInForce(relay);
      const asked = proxy ? proxy.hostname.replace(/^\[|\]$/g, '') : host;
      const note = proxy ? ` (the proxy; it looks ${host} up itself)` : '';
      if (isIP(asked) !== 0) return ok(`${asked} is an address${note}`);
      try {
        const addresses = await lookup(asked, { all: true });
        return ok(`${asked} is ${addresses.map(({ address }) => address).join(', ')}${note}`);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOTFOUND') {
          return failed(
            `there is no ${asked}${note}`,
            'Is the name right, and is this computer online? Sign in again with the right one: cloudtolocalllm login --relay …',
          );
        }
        return failed(`${asked} can't be looked up now (${code})`, 'Is this computer online? Its name server is away.');
      }
    },
  },
  {
    id: 'tcp',
    title: 'Connection',
    needs: ['dns', 'proxy'],
    async run({ relay }) {
      if (relay === undefined) return NO_RELAY;
      const since = performance.now();
      try {
        (await openWay(relay)).destroy();
        return ok(`${new URL(relay).host} takes connections (${(performance.now() - since).toFixed(0)} ms)`);
      } catch (error) {
        if (!(error instanceof WayError)) throw error;
        return failed(error.message, 'Is the relay running, and does a firewall on the way let its port through?');
      }
    },
  },
  {
    id: 'tls',
    title: 'TLS',
    needs: ['tcp'],
    run: async ({ relay }) => (relay === undefined ? NO_RELAY : judgeTls(new URL(relay))),
  },
];
