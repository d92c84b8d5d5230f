import { withoutSecrets } from '@cloudtolocalllm/protocol';

/** Wherever one of these is the name of a value that is logged, the value is not. */
const SECRET_NAMES = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'cookies',
  'set-cookie',
  'sec-websocket-protocol', // a browser's token is in it
  'token',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'id_token',
  'id_token_hint',
  'sessionToken',
  'device_code',
  'user_code',
  'userCode',
  'code_verifier',
  'client_secret',
  'secret',
  'apiKey',
  'x-api-key',
  'password',
  'newPassword',
  'currentPassword',
  'passphrase',
  'private_key',
];
const CENSORED = '[redacted]';

/** In a line of JSON: the name of a secret and its value, a string or a list, at any depth. Quotes in texts are escaped. */
const STRING = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const NAMED_SECRET = new RegExp(String.raw`("(?:${SECRET_NAMES.join('|')})":)(?:${STRING}|\[(?:${STRING},?)*\])`, 'gi');

/** A line of JSON without the values of secrets' names either; it stays JSON. */
export function censorLine(line: string): string {
  return withoutSecrets(line.replace(NAMED_SECRET, `$1"${CENSORED}"`));
}
