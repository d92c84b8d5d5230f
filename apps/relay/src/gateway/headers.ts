import type { IncomingHttpHeaders } from 'node:http';
import { RelayError } from '../errors.ts';

/** Which version of its API a client speaks, and what of it that is not settled yet; an engine may answer by them. */
const OF_DIALECTS = new Set(['anthropic-beta', 'anthropic-version', 'openai-beta']);
/** Request headers that go to the engine. Everything else - cookies, tokens, Host, Origin - stays here. */
const TO_ENGINE = new Set([
  'accept',
  'accept-language',
  'content-length',
  'content-type',
  'user-agent',
  ...OF_DIALECTS,
]);
/** Answer headers that come back. Never Set-Cookie, Location, CORS, Refresh, Link: the content is another origin's. */
const TO_CLIENT = new Set(['content-length', 'content-type', 'retry-after']);
/** Names and values of every answer: another origin's content stays harmless, whatever its type says. */
export const SAFE_HEADERS: readonly string[] = [
  'content-security-policy',
  "sandbox; default-src 'none'",
  'x-content-type-options',
  'nosniff',
  'cache-control',
  'no-store',
  'x-accel-buffering',
  'no',
];
/** Clients refuse a head of more than 16 KB in all. */
const MAX_VALUE_CHARACTERS = 4096;
/** Of a value, in an error. */
const MAX_SHOWN = 50;
/** RFC 9110, 5.5: visible characters, blanks, and what HTTP takes for latin1. Anything else would make Node throw. */
const VALID_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const VALID_LENGTH = /^\d{1,15}$/;
/** Dates and names of features, several with commas between. */
const VALID_OF_DIALECT = /^[\w.:=;, -]{1,1024}$/;

/** Picks what the engine may see from Node's `rawHeaders`. */
export function engineHeaders(raw: readonly string[]): string[] {
  const picked: string[] = [];
  for (const [name, value] of pick(raw, TO_ENGINE)) {
    if (!OF_DIALECTS.has(name) || VALID_OF_DIALECT.test(value)) picked.push(name, value);
  }
  return picked;
}

/**
 * An engine reads bodies as they are, and so does the relay, for the model they name.
 * @throws RelayError unsupported_media_type
 */
export function requirePlainBody({ 'content-encoding': encoding = 'identity' }: IncomingHttpHeaders): void {
  if (encoding.trim().toLowerCase() === 'identity') return;
  throw new RelayError(
    'unsupported_media_type',
    `The body is compressed (Content-Encoding: ${encoding.slice(0, MAX_SHOWN)}): send it as it is, without that header.`,
  );
}

/** Picks what the client may see, once each; names are lower case. A bridge is not trusted: what is not valid is left out. */
export function clientHeaders(raw: readonly string[]): Map<string, string> {
  const picked = new Map<string, string>();
  for (const [name, value] of pick(raw, TO_CLIENT)) {
    const isValid = name === 'content-length' ? VALID_LENGTH.test(value) : VALID_VALUE.test(value);
    if (isValid && value.length <= MAX_VALUE_CHARACTERS && !picked.has(name)) picked.set(name, value);
  }
  return picked;
}

function* pick(raw: readonly string[], allowed: ReadonlySet<string>): Generator<[name: string, value: string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase(); // index is below length
    if (allowed.has(name)) yield [name, raw[index + 1]!];
  }
}
