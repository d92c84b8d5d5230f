import type { AuthConfig } from '@cloudtolocalllm/protocol';
import { keychainName, loadAccount, saveCredentials, type KnownAccount, type Saved } from './credentials.ts';
import { withCredentialsLock } from './account.ts';
import { discover, openidClient, signInError, tokenFields } from './issuer.ts';
import { systemKeychain, type Keychain } from './keychain/keychain.ts';
import { relayApi } from './relay-api.ts';

const SCOPE = 'openid profile offline_access';

export interface DeviceCode {
  userCode: string;
  /** Where the person types the code. */
  verificationUri: string;
  /** The same with the code filled in. */
  verificationUriComplete: string | undefined;
  /** How long the code is good for. */
  expiresInSeconds: number;
}

export interface SignInOptions {
  /** Where credentials are kept. */
  directory: string;
  /** The relay's address. */
  relay: string;
  /** How this computer calls itself on the page where the person confirms the code. */
  userAgent: string;
  /** The secrets go into the file when there is none. */
  keychain: Keychain | undefined;
  /** Called with the code that the person has to confirm. */
  show: (code: DeviceCode) => void;
  signal?: AbortSignal;
}

export interface SignedIn extends Saved {
  /** Who was signed in before, perhaps at another relay. */
  previous: KnownAccount | undefined;
}

/**
 * Signs in with the device flow (RFC 8628) at the issuer that the relay names, and keeps what it gets.
 * Throws BridgeError, RelayApiError.
 */
export async function signIn(options: SignInOptions): Promise<SignedIn> {
  const { directory, relay, keychain } = options;
  const auth = await relayApi.authConfig(relay);
  const tokens = await requestTokens(auth, options).catch(async (error: unknown) => {
    throw await signInError(error, auth.issuer);
  });
  // A name is a comfort: without it everything else works.
  const me = await relayApi.me(relay, tokens.accessToken).catch(() => undefined);
  return withCredentialsLock(directory, async () => {
    const previous = await loadAccount(directory).catch(() => undefined);
    const same = previous?.relay === relay ? previous : undefined;
    const saved = await saveCredentials(
      directory,
      {
        relay,
        clientId: same?.clientId ?? crypto.randomUUID(),
        issuer: auth.issuer,
        oidcClientId: auth.clientIds.bridge,
        ...(same?.bridgeId && { bridgeId: same.bridgeId }),
        ...(same?.name !== undefined && { name: same.name }),
        ...(me && { user: me.name ?? me.userId }),
        secrets: keychain ? 'keychain' : 'file',
        ...tokens,
      },
      keychain,
    );
    await tidy(previous, saved, keychain ?? systemKeychain);
    return { ...saved, previous };
  });
}

async function requestTokens(auth: AuthConfig, { userAgent, show, signal }: SignInOptions) {
  const oidc = await openidClient();
  const config = await discover(auth.issuer, auth.clientIds.bridge);
  config[oidc.customFetch] = (url, options) =>
    // as: the browser's types, with which the end-to-end tests are checked, want its bytes in an ArrayBuffer
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- with Node's types alone it is
    fetch(url, { ...options, headers: { ...options.headers, 'user-agent': userAgent } } as RequestInit);
  const device = await oidc.initiateDeviceAuthorization(config, { scope: SCOPE, ...tokenTarget(auth) });
  show({
    userCode: device.user_code,
    verificationUri: device.verification_uri,
    verificationUriComplete: device.verification_uri_complete,
    expiresInSeconds: device.expires_in,
  });
  return tokenFields(await oidc.pollDeviceAuthorizationGrant(config, device, undefined, signal && { signal }));
}

/** RFC 8707's `resource` for the embedded issuer, Auth0's `audience`; each ignores the other's. */
function tokenTarget(auth: AuthConfig): Record<string, string> {
  return auth.embedded ? {} : { audience: auth.audience };
}

/** Removes the tokens of the sign-in before from the keychain, unless the new ones have taken their place. */
async function tidy(previous: KnownAccount | undefined, { credentials }: Saved, keychain: Keychain): Promise<void> {
  if (previous?.secrets !== 'keychain') return;
  const old = keychainName(previous);
  if (credentials.secrets === 'keychain' && keychainName(credentials) === old) return;
  await keychain.remove(old).catch(() => {}); // a locked keychain keeps what nobody can use any more
}
