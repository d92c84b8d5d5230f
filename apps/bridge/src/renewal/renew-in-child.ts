import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { BridgeError } from '../bridge-error.ts';
import type { RenewalRequest, RenewedTokens } from '../issuer.ts';
import { ownCommand } from '../own-command.ts';
import { RelayApiError } from '../relay-api.ts';
import { RENEWAL_CHILD } from './renewal-child-name.ts';

/** Past the library's own limits, 30 s for each of its two requests; well before a lock of the credentials is stale. */
const ANSWER_MS = 75_000;

// Not strict: the program may have been updated since this process was started.
const answer = z.union([
  z.object({ signedOut: z.string() }),
  z.object({ trouble: z.string() }),
  z.object({
    tokens: z.object({ accessToken: z.string(), accessTokenExpires: z.number(), refreshToken: z.string().optional() }),
  }),
]);
export type RenewalAnswer = z.infer<typeof answer>;

/**
 * New tokens for a refresh token, from a process of its own: `fetch` and the library for it would stay in one that is
 * always there, 18 MB for what happens twice a day. Throws BridgeError not_signed_in, RelayApiError.
 */
export async function renewInChild(request: RenewalRequest): Promise<RenewedTokens> {
  const value = answer.safeParse(await ask(request)).data;
  if (value === undefined) throw new RelayApiError(0, 'Cannot renew the sign-in: the process for it gave no answer');
  if ('signedOut' in value) throw new BridgeError('not_signed_in', value.signedOut);
  if ('trouble' in value) throw new RelayApiError(0, value.trouble);
  const { refreshToken, ...tokens } = value.tokens;
  return { ...tokens, ...(refreshToken !== undefined && { refreshToken }) };
}

/** Undefined when it ended without an answer. */
async function ask(request: RenewalRequest): Promise<unknown> {
  const { file, args } = ownCommand();
  // Through a pipe: what is on a command line is everybody's to read.
  const child = spawn(file, [...args, RENEWAL_CHILD], { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
  const limit = setTimeout(() => child.kill('SIGKILL'), ANSWER_MS);
  try {
    child.stdin.on('error', () => {}); // it could not start: its answer is missing, which says it all
    child.stdin.end(JSON.stringify(request));
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return JSON.parse(said);
  } catch {
    return undefined;
  } finally {
    clearTimeout(limit);
  }
}
