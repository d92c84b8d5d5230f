import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BridgeError } from './bridge-error.ts';
import { KeychainError } from './keychain/keychain-error.ts';
import { systemKeychain, type Keychain } from './keychain/keychain.ts';

const FILE = 'credentials.json';

/** Where a profile's tokens are; `none` after `logout`. */
const secrets = z.enum(['file', 'keychain', 'none']);
export type SecretsPlace = z.infer<typeof secrets>;

const knownAccount = z.object({
  /** The relay's address, without a path. */
  relay: z.url(),
  /** This installation, towards the relay; made once. */
  clientId: z.string().min(1),
  issuer: z.url(),
  oidcClientId: z.string(),
  /** Of the last registration, for `status`. */
  bridgeId: z.string().optional(),
  /** What its person called this computer last, with `up --name`. */
  name: z.string().optional(),
  /** Who signed in, as the relay calls them. */
  user: z.string().optional(),
  /** Also in the file when the tokens are elsewhere: tells whether those have been renewed. Ms since 1970. */
  accessTokenExpires: z.number().optional(),
  /** Absent in files of versions that knew no keychain: the tokens are in the file. */
  secrets: secrets.optional(),
});
/** What is known of a profile's account without its secrets. */
export type KnownAccount = z.infer<typeof knownAccount>;

const tokens = z.object({
  accessToken: z.string(),
  /** When the access token ends, in ms since 1970. */
  accessTokenExpires: z.number(),
  refreshToken: z.string().optional(),
});

/** What `login` leaves behind for `up`. */
export type Credentials = KnownAccount & z.infer<typeof tokens>;

/** Where credentials went: `trouble` says why the keychain did not take them. */
export interface Saved {
  credentials: Credentials;
  trouble?: KeychainError;
}

/** Who signed in where, without the secrets; undefined when nobody ever has. Throws BridgeError when the file is damaged. */
export async function loadAccount(directory: string): Promise<KnownAccount | undefined> {
  const file = await readStored(directory);
  return file === undefined ? undefined : parse(directory, knownAccount, file);
}

/**
 * Reads the credentials from where they are; undefined when nobody is signed in.
 * Throws BridgeError `not_signed_in` when they are damaged, `keychain` when the keychain does not give them out.
 */
export async function loadCredentials(
  directory: string,
  keychain: Keychain = systemKeychain,
): Promise<Credentials | undefined> {
  const file = await readStored(directory);
  if (file === undefined) return undefined;
  const account = parse(directory, knownAccount, file);
  if (account.secrets === 'none') return undefined;
  if (account.secrets !== 'keychain') return { ...account, ...parse(directory, tokens, file) };
  const secret = await keychain.read(keychainName(account)).catch((cause: unknown) => {
    if (!(cause instanceof KeychainError)) throw cause;
    const todo = `${cause.toRead}, or keep them in a file with: cloudtolocalllm login --no-keychain`;
    throw new BridgeError('keychain', `Cannot read the tokens: ${cause.message}. They are in it: ${todo}`, { cause });
  });
  if (secret === undefined) {
    throw new BridgeError(
      'not_signed_in',
      'The keychain no longer has the tokens. Sign in again with: cloudtolocalllm login',
    );
  }
  return { ...account, ...parse(directory, tokens, secret) };
}

/**
 * Writes the credentials where `secrets` says, without it into the file alone, for this user's eyes only. What the
 * keychain does not take goes into the file. A crash leaves the old state or the new one.
 */
export async function saveCredentials(
  directory: string,
  value: Credentials,
  keychain: Keychain = systemKeychain,
): Promise<Saved> {
  const { accessToken, refreshToken, ...account } = value;
  if (value.secrets === 'keychain') {
    try {
      const { accessTokenExpires } = account;
      await keychain.write(keychainName(account), JSON.stringify({ accessToken, accessTokenExpires, refreshToken }));
      await writeStored(directory, account);
      return { credentials: value };
    } catch (error) {
      if (!(error instanceof KeychainError)) throw error;
      const credentials = { ...value, secrets: 'file' as const };
      await writeStored(directory, credentials);
      return { credentials, trouble: error };
    }
  }
  const credentials = { ...value, secrets: 'file' as const };
  await writeStored(directory, credentials);
  return { credentials };
}

/** Changes what is known of the account and leaves its secrets alone; nothing when nobody has signed in. */
export async function updateAccount(directory: string, changes: Partial<KnownAccount>): Promise<void> {
  const file = await readStored(directory);
  if (file === undefined) return;
  const stored = parse(directory, z.looseObject(knownAccount.shape), file);
  await writeStored(directory, { ...stored, ...changes });
}

/** Removes the secrets and remembers the rest, so that the next sign-in is the same computer to the relay. */
export async function forgetSecrets(directory: string, keychain: Keychain = systemKeychain): Promise<void> {
  const account = await loadAccount(directory);
  if (!account) return;
  if (account.secrets === 'keychain') await keychain.remove(keychainName(account));
  await writeStored(directory, { ...account, secrets: 'none' });
  await removeUnfinished(directory);
}

/** Removes all that is known of the account. */
export async function forgetAccount(directory: string): Promise<void> {
  await rm(join(directory, FILE), { force: true });
  await removeUnfinished(directory);
}

/** What a process left that was killed while it wrote: it has the tokens in it. */
async function removeUnfinished(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const unfinished = names.filter((name) => name.startsWith(`${FILE}.`));
  await Promise.all(unfinished.map((name) => rm(join(directory, name), { force: true })));
}

/** As a person finds it in their keychain; the client's id keeps the profiles of all folders apart. */
export function keychainName({ relay, clientId }: Pick<KnownAccount, 'relay' | 'clientId'>): string {
  return `${new URL(relay).host} ${clientId}`;
}

async function readStored(directory: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse<Schema extends z.ZodType>(directory: string, schema: Schema, text: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BridgeError(
      'not_signed_in',
      `Cannot read ${join(directory, FILE)}: sign in again with: cloudtolocalllm login`,
      { cause },
    );
  }
}

async function writeStored(directory: string, value: object): Promise<void> {
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
