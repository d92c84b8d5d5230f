import type { Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import type { RequestDraft } from './request-draft.ts';

/** As latin-1, the bytes of UTF-8: what a client sends that does not encode. */
const raw = (text: string): string => Buffer.from(text).toString('latin1');

const PIECES = [
  '..',
  '.',
  '',
  '%2e%2e',
  '%2e',
  '%2f',
  '%5c',
  '%00',
  '%zz',
  '%',
  '%ff',
  '%c0%ae%c0%ae',
  '%252e%252e',
  '\\',
  '..\\..',
  ';a=b',
  '%0d%0aX-Evil:%201',
  '%u0041',
  raw('ä'),
  raw('\u{1f600}'),
  '\x7f',
  '*',
  ':id',
  '{id}',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  "'or'1'='1",
  '$(id)',
  '%F0%9F%98%80',
  '%ED%A0%80',
  'x'.repeat(300),
  'x'.repeat(7000),
];
const VALUES = [
  '-1',
  '0',
  '1e9',
  '99999999999999999999',
  'NaN',
  'Infinity',
  '1.5',
  '',
  'null',
  '%00',
  '%',
  '%zz',
  'a'.repeat(5000),
  '[]',
  '{}',
  '1;drop table users',
  '1%26a=b',
  '0x10',
  '+1',
  ' 1',
  'true',
  '%F0%9F%98%80',
  '%ED%A0%80',
  'created_asc',
  'updated_desc',
];
const NAMES = [
  'limit',
  'offset',
  'sort',
  'after',
  'access_token',
  'token',
  '__proto__',
  'constructor[prototype]',
  'limit[]',
  'x',
];

/** Changes the path or the query. */
export function mutateTarget(random: Random, draft: RequestDraft): void {
  draft.needsToken = false; // it may lead to what is public now
  random.pick([mutateSegment, mutateSegment, mutateForm, mutateQuery, mutateQuery, flipCharacter])(random, draft);
}

function mutateSegment(random: Random, draft: RequestDraft): void {
  const segments = draft.target.split('/');
  const at = 1 + random.below(segments.length);
  const piece = random.pick(PIECES);
  const segment = segments[at] ?? '';
  const changes = [
    () => segments.splice(at, 0, piece),
    () => segments.splice(at, 1, piece),
    () => segments.splice(at, 1, segment + piece),
    () => segments.splice(at, 1, segment.toUpperCase()),
    () => segments.splice(at, 1, segment.slice(0, random.below(segment.length + 1))),
    () => segments.splice(at, 1, encodeAll(segment)),
    () => segments.splice(at, 1),
    () => segments.splice(at, 0, ...Array.from({ length: 1 + random.below(200) }, () => piece.slice(0, 10))),
  ];
  random.pick(changes)();
  draft.target = segments.join('/');
}

/** Other forms of a request target (RFC 9112, 3.2), and what looks like one. */
function mutateForm(random: Random, draft: RequestDraft): void {
  const { target } = draft;
  draft.target = random.pick([
    `http://localhost${target}`,
    `https://evil.example${target}`,
    `HTTP://127.0.0.1:1${target}`,
    `http://user:secret@localhost${target}`,
    `http://[::1${target}`,
    `//evil.example${target}`,
    `/${target}`,
    `ws://localhost${target}`,
    `file://${target}`,
    `javascript:${target}`,
    target.slice(1) || 'x',
    '*',
    '',
    `${target} HTTP/1.0`,
    `${target}#fragment`,
    `${target}/`,
    `${target}//`,
    `/ws/bridge/..${target}`,
    `/ollama${target}`,
    `/api/docs/static/..%2f..${target}`,
    `/oidc${target}`,
    `/assets/..%2f..${target}`,
  ]);
}

function mutateQuery(random: Random, draft: RequestDraft): void {
  const pairs = Array.from(
    { length: random.chance(0.05) ? 1000 : 1 + random.below(4) },
    () =>
      `${random.pick(NAMES)}${random.pick(['=', '', '==', '%3d'])}${random.pick(VALUES).slice(0, random.chance(0.9) ? 30 : 5000)}`,
  );
  draft.target +=
    `${random.pick(['?', '?', '??', '?&', '%3f'])}${pairs.join(random.pick(['&', '&', ';', '&&']))}`.slice(0, 20_000);
}

function flipCharacter(random: Random, draft: RequestDraft): void {
  const at = random.below(draft.target.length);
  const character = String.fromCodePoint(random.below(256));
  draft.target = draft.target.slice(0, at) + character + draft.target.slice(at + 1);
  // A line's end in the middle of it cuts it in two.
  draft.mayWait = true;
}

function encodeAll(text: string): string {
  return Array.from(text, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
}
