/** Eight letters in two groups, as the relay's own issuer makes them; people type them in many ways. */
export function isUserCode(text: string): boolean {
  return /^[A-Z]{8}$/.test(plainCode(text));
}

/** Where such a code is confirmed, with the code filled in (RFC 8628, `verification_uri_complete`). */
export function deviceAddress(issuer: string, code: string): string {
  const plain = plainCode(code);
  const url = new URL(`${issuer.replace(/\/$/, '')}/device`);
  url.searchParams.set('user_code', `${plain.slice(0, 4)}-${plain.slice(4)}`);
  return url.href;
}

function plainCode(text: string): string {
  return text.toUpperCase().replaceAll(/[\s–—-]/g, '');
}
