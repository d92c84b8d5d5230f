import { BridgeError } from '../bridge-error.ts';

/** Which proxies stand between this computer and the relay, as the environment says. */
export interface ProxySettings {
  /** For https:// and wss://. */
  https: URL | undefined;
  /** For http://, which is for a relay on this computer alone: it is never asked. */
  http: URL | undefined;
  /** Hosts that are reached without one, as curl reads them: names, `.suffix`, `host:port`, `*`. */
  exceptions: readonly string[];
}

/** Engines and what else listens on this computer are never reached through a proxy. */
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
  const proxy = ['https:', 'wss:'].includes(url.protocol) ? settings.https : settings.http;
  if (!proxy) return undefined;
  const host = url.hostname.toLowerCase();
  const port = url.port || (['https:', 'wss:'].includes(url.protocol) ? '443' : '80');
  const isException = [...settings.exceptions, ...THIS_COMPUTER].some((entry) => matches(entry, host, port));
  return isException ? undefined : proxy;
}

/** What Node's own HTTP clients take for these settings. */
export function proxyEnvironment(settings: ProxySettings): Record<string, string> {
  return {
    ...(settings.https && { HTTPS_PROXY: settings.https.href }),
    ...(settings.http && { HTTP_PROXY: settings.http.href }),
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
