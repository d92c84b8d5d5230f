import type { IncomingMessage } from 'node:http';
import { sameSecret } from './same-secret.ts';

/** Why a request is not served. */
export interface Refusal {
  status: 401 | 403 | 405 | 421;
  message: string;
}

/** Under other names this page does not exist: a foreign name that leads to this computer is a rebinding attack. */
function names(port: number): string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

/** For every request: who it was meant for, and which page sent it. */
export function refuseForeign(request: IncomingMessage, port: number): Refusal | undefined {
  const { host, origin } = request.headers;
  const allowed = names(port);
  if (host === undefined || !allowed.includes(host)) {
    return { status: 421, message: 'This page has another address.' };
  }
  // Absent: no browser, or a page that is opened.
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, message: 'Another web page may not ask for this.' };
  }
  const site = request.headers['sec-fetch-site'];
  const isOpened = request.headers['sec-fetch-mode'] === 'navigate' && request.method === 'GET';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isOpened) {
    return { status: 403, message: 'Another web page may not ask for this.' };
  }
  return undefined;
}

/** For what only this person's programs may see and do. */
export function refuseStranger(request: IncomingMessage, token: string): Refusal | undefined {
  const given = /^Bearer ([\w-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
  if (given !== undefined && sameSecret(given, token)) return undefined;
  return { status: 401, message: 'Open the page with: cloudtolocalllm status --open' };
}
