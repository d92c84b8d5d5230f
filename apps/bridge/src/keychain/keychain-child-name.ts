/** The first argument that makes this program the keychain's child: it reads one request and answers it. */
export const KEYCHAIN_CHILD = 'keychain-child';
