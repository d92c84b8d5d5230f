import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BridgeError } from './bridge-error.ts';

const FILE = 'credentials.json';

/** What `login` leaves behind for `up`. */
export const credentials = z.object({
  /** The relay's address, without a path. */
  relay: z.url(),
  /** This installation, towards the relay; made once. */
  clientId: z.string().min(1),
  issuer: z.url(),
  oidcClientId: z.string(),
  accessToken: z.string(),
  /** When the access token ends, in ms since 1970. */
  accessTokenExpires: z.number(),
  refreshToken: z.string().optional(),
  /** Of the last registration, for `status`. */
  bridgeId: z.string().optional(),
});
export type Credentials = z.infer<typeof credentials>;

/** Reads the credentials; undefined when nobody has signed in yet. Throws BridgeError when the file is damaged. */
export async function loadCredentials(directory: string): Promise<Credentials | undefined> {
  let text: string;
  try {
    text = await readFile(join(directory, FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return credentials.parse(JSON.parse(text));
  } catch (cause) {
    throw new BridgeError(
      'not_signed_in',
      `Cannot read ${join(directory, FILE)}: sign in again with: cloudtolocalllm login`,
      { cause },
    );
  }
}

/** Writes the credentials for this user's eyes only; a crash leaves the old file or the new one. */
export async function saveCredentials(directory: string, value: Credentials): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE);
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await writeFile(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
