import { Account, withCredentialsLock } from './account.ts';
import { BridgeError } from './bridge-error.ts';
import { forgetAccount, forgetSecrets, loadCredentials, type Credentials } from './credentials.ts';
import { discover, openidClient, signInError } from './issuer.ts';
import { systemKeychain, type Keychain } from './keychain/keychain.ts';
import { relayApi, RelayApiError } from './relay-api.ts';

/** What became of a sign-out: `trouble` says why the tokens could not be ended at the issuer. */
export interface SignedOut {
  removed: boolean;
  trouble?: string;
}

/**
 * Ends the sign-in of a profile: with `remove` takes this computer off the relay, revokes the refresh token (RFC 7009),
 * then removes the secrets. Throws BridgeError or RelayApiError before anything is changed.
 */
export async function signOut(
  directory: string,
  { remove, keychain = systemKeychain }: { remove: boolean; keychain?: Keychain },
): Promise<SignedOut> {
  let credentials: Credentials | undefined;
  try {
    credentials = await loadCredentials(directory, keychain);
  } catch (error) {
    // What is damaged or lost has nothing to revoke; a keychain that is locked would keep the tokens.
    if (!(error instanceof BridgeError) || error.code !== 'not_signed_in') throw error;
    await forgetSecrets(directory, keychain).catch(() => forgetAccount(directory));
    return { removed: false, trouble: error.message };
  }
  if (!credentials) return { removed: false };
  const removed = remove && (await removeBridge(directory, credentials, keychain));
  return withCredentialsLock(directory, async () => {
    // Read again: the tokens may have been renewed on the way.
    const trouble = await revoke((await loadCredentials(directory, keychain)) ?? credentials);
    await forgetSecrets(directory, keychain);
    if (remove) await forgetAccount(directory);
    return { removed, ...(trouble !== undefined && { trouble }) };
  });
}

async function removeBridge(directory: string, credentials: Credentials, keychain: Keychain): Promise<boolean> {
  if (credentials.bridgeId === undefined) return false;
  const account = new Account(directory, credentials, { keychain });
  try {
    await relayApi.remove(credentials.relay, await account.accessToken(), credentials.bridgeId);
    return true;
  } catch (error) {
    if (error instanceof RelayApiError && error.status === 404) return false; // it was removed before
    throw error;
  }
}

/** Undefined when it worked: afterwards the refresh token is worth nothing, wherever a copy may be. */
async function revoke({ issuer, oidcClientId, refreshToken }: Credentials): Promise<string | undefined> {
  if (refreshToken === undefined) return undefined;
  try {
    const { tokenRevocation } = await openidClient();
    await tokenRevocation(await discover(issuer, oidcClientId), refreshToken, { token_type_hint: 'refresh_token' });
    return undefined;
  } catch (error) {
    const understood = await signInError(error, issuer);
    return understood instanceof Error ? understood.message : String(understood);
  }
}
