import { createHmac } from 'node:crypto';
import type { Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { type RequestDraft, setHeader } from './request-draft.ts';

/** What a forger has: credentials of their own, and what everybody may know. */
export interface Forgery {
  accessToken: string;
  apiKey: string;
  sessionToken: string;
  /** The issuer's public key, PEM: as the secret of an HMAC it is the oldest trick there is. */
  publicKey: string;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const read = (text = ''): object => JSON.parse(Buffer.from(text, 'base64url').toString()) as object; // as: a JWT's part

const HEADERS: object[] = [
  { alg: 'none' },
  { alg: 'nOnE' },
  { alg: '' },
  { alg: null },
  { alg: ['RS256'] },
  { alg: 'RS256', kid: 'x'.repeat(4000) },
  { alg: 'RS256', kid: '../../dev/null' },
  { alg: 'RS256', kid: "' or 1=1 --" },
  { alg: 'RS256', kid: { a: 1 } },
  { alg: 'RS256', jku: 'http://127.0.0.1:1/jwks.json' },
  { alg: 'RS256', x5u: 'http://127.0.0.1:1/cert.pem', x5c: ['AAAA'] },
  { alg: 'RS256', jwk: { kty: 'oct', k: 'AAAA' } },
  { alg: 'RS256', crit: ['exp'] },
  { alg: 'RS256', crit: ['b64'], b64: false },
  { alg: 'RS256', zip: 'DEF' },
  { alg: 'RS256', typ: 'JWE', enc: 'A128GCM' },
  { alg: 'HS256', ['__proto__']: { alg: 'RS256' } },
];
const CLAIMS: object[] = [
  { sub: '' },
  { sub: 'x'.repeat(2000) },
  { sub: 1 },
  { sub: { $ne: null } },
  { sub: '\ud800' },
  { sub: 'a\u0000b' },
  { sub: '\u{1f600}\u202e' },
  { exp: 1e30 },
  { exp: 'never' },
  { exp: -1 },
  { nbf: 9e15 },
  { aud: [] },
  { aud: [[['cloudtolocalllm-api']]] },
  { iss: ['http://localhost'] },
  { scope: 'admin', permissions: ['admin', 'account'] },
  { scope: { toString: 1 } },
];

/** Changes who the request says that it is. */
export function mutateCredential(random: Random, draft: RequestDraft, forgery: Forgery): void {
  const token = random.pick([forgedToken, forgedToken, brokenToken, brokenToken, strangeToken])(random, forgery);
  const scheme = random.pick([
    'Bearer ',
    'Bearer ',
    'Bearer ',
    'bearer  ',
    'BEARER\t',
    'Basic ',
    'Token ',
    '',
    'Bearer',
    'Bearer Bearer ',
  ]);
  setHeader(draft, 'authorization', scheme + token);
  const signed = forgery.accessToken.slice(0, forgery.accessToken.lastIndexOf('.'));
  draft.isForged = token.split('.').length === 3 && !token.startsWith(signed);
}

/** Well-formed, signed by nobody who may. */
function forgedToken(random: Random, { accessToken, publicKey }: Forgery): string {
  const [header, claims, signature = ''] = accessToken.split('.');
  const head = part({ ...read(header), ...(random.chance(0.6) && random.pick(HEADERS)) });
  const body = part({ ...read(claims), ...(random.chance(0.6) && random.pick(CLAIMS)) });
  const hmac = part({ ...read(header), alg: 'HS256' });
  return random.pick([
    `${head}.${body}.${signature}`,
    `${head}.${body}.`,
    `${head}.${body}`,
    `${head}.${claims}.${signature}`,
    `${header}.${body}.${signature}`,
    `${hmac}.${body}.${createHmac('sha256', publicKey).update(`${hmac}.${body}`).digest('base64url')}`,
    `${hmac}.${body}.${createHmac('sha256', '').update(`${hmac}.${body}`).digest('base64url')}`,
    `${head}..${body}.${signature}.AAAA`,
  ]);
}

/** A good one with some of it changed. */
function brokenToken(random: Random, { accessToken, apiKey, sessionToken }: Forgery): string {
  const token = random.pick([accessToken, accessToken, apiKey, sessionToken]);
  const at = random.below(token.length);
  const parts = token.split('.');
  return random.pick([
    token.slice(0, at),
    token.slice(at),
    token.slice(0, at) + random.pick(['A', '.', '-', '=', ' ', ',', '\xff', '\x00', '%']) + token.slice(at + 1),
    token.slice(0, at) + token.slice(at + 1),
    token + random.pick(['.', 'A', '=', '==', ' ', `, Bearer ${token}`]),
    token.toLowerCase(),
    parts.toReversed().join('.'),
    [parts[1], parts[0], parts[2]].join('.'),
    `${parts[0]}.${parts[1]}.${apiKey}`,
    token + token,
  ]);
}

/** No token at all. */
function strangeToken(random: Random): string {
  return random.pick([
    '',
    '.',
    '..',
    'null',
    'undefined',
    'c2l_',
    `c2l_${'A'.repeat(43)}`,
    `c2l_${'x'.repeat(9000)}`,
    'x'.repeat(7000),
    'eyJ'.repeat(2000),
    `${part({ alg: 'RS256' })}.${part([])}.AAAA`,
    `${part([])}.${part(null)}.AAAA`,
    '['.repeat(3000),
    `${Buffer.from('['.repeat(5000)).toString('base64url')}.e30.AAAA`.slice(0, 8000),
    random.bytes(40).toString('latin1'),
    "' or '1'='1",
  ]);
}
