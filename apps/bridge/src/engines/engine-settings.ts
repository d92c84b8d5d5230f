import { BridgeError } from '../bridge-error.ts';
import { engineAddress } from './engine-address.ts';
import { ENGINE_KINDS, type EngineKind } from './engine-kind.ts';

/** One engine, as its owner names it or as it was found. */
export interface EngineSettings {
  /** Origin and, where its API does not begin at the top, the path in front of `/v1`. */
  url: URL;
  name?: string | undefined;
  /** Undefined: found out by what it answers. */
  kind?: EngineKind | undefined;
  /** Sent to this engine alone, as `Authorization: Bearer`. */
  key?: string | undefined;
  /** Generations at the same time. */
  limit?: number | undefined;
}

/** Which engines there shall be: the first that has a model is asked for it. */
export interface EngineChoice {
  engines: readonly EngineSettings[];
  /** Those on the usual ports of this computer as well, behind the others. */
  discover: boolean;
  /** Where they are looked for; by default on their usual ports. */
  places?: readonly EngineSettings[];
}

/** Found ones, in the order in which they are asked. */
export const USUAL_ENGINES: readonly EngineSettings[] = Object.values(ENGINE_KINDS).flatMap(({ port }) =>
  port === undefined ? [] : [{ url: new URL(`http://127.0.0.1:${port}`) }],
);

/** Engines that were named on the command line or by `OLLAMA_HOST`: these and no others. Throws BridgeError usage. */
export function namedEngines(addresses: readonly string[]): EngineChoice {
  const urls = new Map(addresses.map((text) => [engineAddress(text).origin, engineAddress(text)]));
  return { engines: [...urls.values()].map((url) => ({ url })), discover: false };
}

/** The address of an OpenAI-compatible API: `http://host:port`, `https://host/path/v1`. Throws BridgeError usage. */
export function apiAddress(text: string): URL {
  const url = engineAddress(text);
  // Without a scheme "localhost:8000" would be one itself, and its port a path.
  const [, path = ''] = /^(?:https?:\/\/)?[^/]*(\/[^?#]*)?/i.exec(text.trim()) ?? [];
  const base = path.replace(/\/+$/, '').replace(/\/v1$/, '');
  if (!/^(?:\/[\w~-][\w.~-]*)*$/.test(base)) {
    throw new BridgeError('usage', `The engine's address "${text}" has a path that cannot stand before /v1`);
  }
  url.pathname = base;
  return url;
}

/** An engine's address as people read it, without the slash at its end. */
export function addressText(url: URL): string {
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
}
