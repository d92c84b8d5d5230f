import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';

/** Whether a name or password is in it; not of what is no address. */
export function hasCredentials(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && `${url.username}${url.password}` !== '';
}

/** Whether it is scheme, host and port alone. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  // The other check has said already that it is no address.
  if (url === null) return true;
  const { pathname, search, hash, username, password } = url;
  return pathname === '/' && `${search}${hash}${username}${password}` === '';
}

/** Whether push services take it for a contact (RFC 8292, 2.1). */
export function isContact(text: string): boolean {
  const url = URL.parse(text);
  if (url?.protocol === 'mailto:') return /^[^@\s]+@[^@\s]+$/.test(url.pathname);
  return url?.protocol === 'https:' && `${url.username}${url.password}` === '';
}

/** Whether what is said there can be trusted on the way: https, or this computer. */
export function isSafeAddress(text: string): boolean {
  const url = URL.parse(text);
  // The other check has said already that it is no address.
  return url === null || url.protocol === 'https:' || isLoopbackHost(url.host);
}
