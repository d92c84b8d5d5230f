import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import { BridgeError } from '../bridge-error.ts';

/** Which proxies stand between this computer and the relay, as the environment says. */
export interface ProxySettings {
  /** For https:// and wss://. */
  https: URL | undefined;
  /** For http://, which is for this computer and for engines: none is ever asked, it is only told of. */
  http: URL | undefined;
  /** Hosts that are reached without one, as curl reads them: names, `.suffix`, `host:port`, `*`. */
  exceptions: readonly string[];
}

/** As exceptions, for Node: engines and what else listens on this computer are never reached through a proxy. */
const THIS_COMPUTER = ['localhost', '127.0.0.1', '[::1]', '::1'];

/**
 * Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY; the small letters win, as with curl. Throws BridgeError usage for an
 * address that can't be one; it never quotes it, as it may hold a password.
 */
export function readProxySettings(env: NodeJS.ProcessEnv): ProxySettings {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  return {
    https: proxyAddress('HTTPS_PROXY', read('HTTPS_PROXY')),
    http: proxyAddress('HTTP_PROXY', read('HTTP_PROXY')),
    exceptions: (read('NO_PROXY') ?? '').split(/[\s,]+/).filter(Boolean),
  };
}

/** The same with more hosts that are reached without a proxy. */
export function withExceptions(settings: ProxySettings, hosts: readonly string[]): ProxySettings {
  return { ...settings, exceptions: [...new Set([...settings.exceptions, ...hosts])] };
}

/** The proxy that this address is reached through; undefined = none, also for what is no address. */
export function proxyFor(settings: ProxySettings, address: string | URL): URL | undefined {
  const url = URL.parse(String(address));
  if (!url) return undefined;
  if (!['https:', 'wss:'].includes(url.protocol) || isLoopbackHost(url.host)) return undefined;
  const host = url.hostname.toLowerCase();
  const exceptions = [...settings.exceptions, ...THIS_COMPUTER];
  const isException = exceptions.some((entry) => matches(entry, host, url.port || '443'));
  return isException ? undefined : settings.https;
}

/** What Node's own HTTP clients take for these settings. */
export function proxyEnvironment(settings: ProxySettings): Record<string, string> {
  return {
    ...(settings.https && { HTTPS_PROXY: settings.https.href }),
    NO_PROXY: [...settings.exceptions, ...THIS_COMPUTER].join(','),
  };
}

/** A proxy for a person's eyes: without name and password. */
export function proxyName(proxy: URL): string {
  return proxy.host;
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = entry, onlyPort] = /^(.+?):(\d+)$/.exec(entry) ?? [];
  if (onlyPort !== undefined && onlyPort !== port && !entry.startsWith('::')) return false;
  const suffix = name.toLowerCase().replace(/^\*?\./, '');
  return host === suffix || host.endsWith(`.${suffix}`);
}

function proxyAddress(name: string, text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(/^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`);
  if (url?.hostname && ['http:', 'https:'].includes(url.protocol) && decodes(url.username + url.password)) return url;
  throw new BridgeError(
    'usage',
    `${name} does not hold the address of an HTTP proxy, such as http://proxy.example.com:3128 (SOCKS is not supported)`,
  );
}

function decodes(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}
