import type { IncomingMessage } from 'node:http';
import { isLoopbackHost } from '../../packages/protocol/src/loopback-host.ts';

const LOCAL_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(:\d+)?$/;
/** Desktop programs that Ollama lets in by default. */
const PROGRAM_ORIGIN =
  /^(app|file|tauri|vscode-webview|vscode-file|chrome-extension|moz-extension|safari-web-extension):\/\//;

/**
 * Whether a request may come in: as with Ollama, its Host must be this computer (against DNS rebinding) and its Origin,
 * if any, a page of this computer's.
 */
export function isAllowed({ headers }: IncomingMessage): boolean {
  if (!isLoopbackHost(headers.host ?? '')) return false;
  const { origin } = headers;
  return origin === undefined || LOCAL_ORIGIN.test(origin) || PROGRAM_ORIGIN.test(origin);
}
