import { BridgeError } from '../bridge-error.ts';
import { OLLAMA_DEFAULT_URL } from './ollama.ts';

const DEFAULT_PORT = '11434';

/**
 * The engine's address from an option or `OLLAMA_HOST`, which may be `host`, `host:port` or a URL; Ollama's usual
 * address without one. Throws BridgeError usage.
 */
export function engineAddress(text: string | undefined): URL {
  if (!text) return new URL(OLLAMA_DEFAULT_URL);
  const withScheme = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch (cause) {
    throw new BridgeError('usage', `The engine's address "${text}" is not a URL such as ${OLLAMA_DEFAULT_URL}`, { cause });
  }
  if (!/:\d+\/?$/.test(withScheme) && url.port === '' && !/^https?:\/\//i.test(text)) url.port = DEFAULT_PORT;
  // A server listens on 0.0.0.0; a client can't call that everywhere.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  return new URL(url.origin);
}
