import { BridgeError } from '../bridge-error.ts';

/** Where Ollama listens unless told otherwise. */
const OLLAMA_DEFAULT_URL = 'http://127.0.0.1:11434';
const DEFAULT_PORT = '11434';
/** Where a server may listen, and what a client calls it by. */
const LISTENING_ADDRESSES: Record<string, string> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };

/**
 * The engine's address from an option or `OLLAMA_HOST`, which may be `host`, `host:port` or a URL; Ollama's usual
 * address without one. Throws BridgeError usage.
 */
export function engineAddress(text: string | undefined): URL {
  if (!text) return new URL(OLLAMA_DEFAULT_URL);
  const trimmed = text.trim();
  const hasScheme = /^https?:\/\//i.test(trimmed);
  // ":8080" is what a server listens on, on this computer.
  const withScheme = hasScheme ? trimmed : `http://${trimmed.startsWith(':') ? '127.0.0.1' : ''}${trimmed}`;
  const url = URL.parse(withScheme);
  if (!url || (!hasScheme && trimmed.includes('://')) || url.username || url.password) {
    throw new BridgeError('usage', `The engine's address "${text}" is not a URL such as ${OLLAMA_DEFAULT_URL}`);
  }
  // As Ollama reads it: a scheme brings its own port.
  if (!hasScheme && url.port === '' && !/^[^/]*:\d+(?:\/|$)/.test(trimmed)) url.port = DEFAULT_PORT;
  const client = LISTENING_ADDRESSES[url.hostname];
  if (client !== undefined) url.hostname = client;
  return new URL(url.origin);
}
