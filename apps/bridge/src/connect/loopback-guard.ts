import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';

/** Origins of programs that show local pages in a window of their own; no page of the web can have one (as Ollama's own list). */
const PROGRAM_SCHEMES = new Set(['app:', 'file:', 'tauri:', 'vscode-file:', 'vscode-webview:']);

/**
 * Why a request is not taken; undefined when it is. Every page of the web that this computer's browser shows could call
 * here: its Origin gives it away, and a name of its own that it has led to 127.0.0.1 (DNS rebinding) its Host.
 */
export function refuseForeign(headers: IncomingHttpHeaders): string | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isLoopbackHost(host)) return 'The Host is not this computer.';
  if (origin !== undefined) return isAllowedOrigin(origin) ? undefined : 'Pages of this origin may not ask here.';
  // An <img> or a form of a foreign page sends no Origin with GET; browsers tell of it here.
  return headers['sec-fetch-site'] === 'cross-site' ? 'Pages of other sites may not ask here.' : undefined;
}

/** Pages of this computer, and programs with a window of their own. */
export function isAllowedOrigin(origin: string): boolean {
  const url = URL.parse(origin);
  if (!url) return false; // "null" too: a sandboxed page
  if (PROGRAM_SCHEMES.has(url.protocol)) return true;
  return ['http:', 'https:'].includes(url.protocol) && isLoopbackHost(url.host);
}
