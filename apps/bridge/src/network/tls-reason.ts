/** What a person can make something of, by Node's code. */
const KNOWN: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there does not speak TLS: is it the right port?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what answers there does not speak TLS: is it the right port?',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the versions of TLS here and there are too different',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the versions of TLS here and there are too different',
};

/** Why TLS failed, without OpenSSL's numbers and file names; undefined for an error that is not of TLS. */
export function tlsReason(error: Error & { code?: string }): string | undefined {
  const said = /error:[\dA-F]+:[^:]*:[^:]*:([^:]+):/.exec(error.message)?.[1];
  if (said === undefined) return undefined;
  // `write EPROTO` has lost the code, and kept OpenSSL's words.
  const code = error.code?.startsWith('ERR_SSL_') ? error.code : `ERR_SSL_${said.toUpperCase().replaceAll(' ', '_')}`;
  return KNOWN[code] ?? `${said} (TLS)`;
}
