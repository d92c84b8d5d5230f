import { z } from 'zod';
import { BridgeError } from '../bridge-error.ts';
import { readBounded } from '../read-bounded.ts';
import { readPageFile, type PageFile } from './page-file.ts';

/** A bridge on this computer answers at once. */
const TIMEOUT_MS = 5_000;
/** A view with a hundred requests and a thousand models fits many times. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const codeAnswer = z.object({ code: z.string().regex(/^[\w-]{1,100}$/) });

/** Calls the API of the running bridge as its person. Throws BridgeError when it refuses, or what fetch throws. */
export async function callBridge(page: PageFile, method: 'GET' | 'POST', path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${page.port}${path}`, {
    method,
    headers: { authorization: `Bearer ${page.token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await readBounded(response, MAX_BODY_BYTES);
  if (!response.ok) throw new BridgeError('failed', `Cannot reach the running bridge: it answered ${response.status}`);
  return JSON.parse(text);
}

/**
 * A link that opens the status page of the running bridge once, within a minute: it stands in a browser's command line,
 * which other users of this computer can read. Throws BridgeError when no bridge runs here.
 */
export async function openingLink(directory: string): Promise<string> {
  const page = readPageFile(directory);
  if (!page) {
    throw new BridgeError(
      'failed',
      'Cannot open the status page: no bridge is running here, or it was started with --no-status-page. Start it with: cloudtolocalllm up',
    );
  }
  const { code } = codeAnswer.parse(await callBridge(page, 'POST', '/api/code'));
  return `http://127.0.0.1:${page.port}/#code=${code}`;
}
