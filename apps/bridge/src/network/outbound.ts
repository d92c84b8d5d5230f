import { setGlobalProxyFromEnv } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import { proxyEnvironment, proxyFor, withExceptions, type ProxySettings } from './proxy-settings.ts';

/** As Node keeps it: `fetch` has one way out for the whole process, so what is known about it is the process's too. */
let inForce: ProxySettings = { https: undefined, http: undefined, exceptions: [] };
let restore: (() => void) | undefined;

/** From now on all `fetch`es of this process go as these settings say; a second call replaces the first. */
export function useProxies(settings: ProxySettings): void {
  restore?.();
  inForce = settings;
  // Without a proxy Node's own dispatcher stays: it is the one that all is tested and measured with.
  restore = settings.https ? setGlobalProxyFromEnv(proxyEnvironment(settings)) : undefined;
}

/** These hosts (engines, as `hostname` of a URL) are reached without a proxy, whatever the environment says. */
export function reachDirectly(hosts: readonly string[]): void {
  useProxies(withExceptions(inForce, hosts));
}

/** The proxy in force for this address; undefined = none. */
export function proxyInForce(address: string | URL): URL | undefined {
  const url = URL.parse(String(address)); // it may be a relay's word, and no address at all
  return url ? proxyFor(inForce, url) : undefined;
}

/** What is in force, for who has to tell. */
export function proxySettingsInForce(): ProxySettings {
  return inForce;
}

/** An agent for Node's own HTTP client and for `ws`, which know nothing of the settings; undefined = no proxy. */
export function proxyAgent(address: string | URL, more: AgentOptions = {}): Agent | undefined {
  const proxy = proxyInForce(address);
  return proxy && new Agent({ ...more, proxyEnv: { HTTPS_PROXY: proxy.href } });
}
