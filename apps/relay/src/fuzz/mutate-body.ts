import type { Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { type RequestDraft, setBody, setHeader } from './request-draft.ts';

const DEPTH = 10_000;

/** Values of every type, none of which a field expects. */
const VALUES: unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  'x',
  'x'.repeat(20_000),
  '\u0000',
  '\ud800',
  '\u{1f600}',
  '\u202etxt',
  [],
  [[]],
  [null],
  {},
  { toString: null },
  { length: -1 },
  ['a', 1, {}],
  Array.from({ length: 5000 }, () => 'a'),
  '../../etc/passwd',
  "'; drop table users --",
  '<script>alert(1)</script>',
  '{{7*7}}',
  '9999-12-31T23:59:59.999Z',
  '-271821-04-20T00:00:00.000Z',
  'bridge-00000000-0000-0000-0000-000000000000',
];

/** Whole bodies, as text. */
const BODIES = [
  '',
  ' ',
  'null',
  'true',
  '0',
  '""',
  '[]',
  '{}',
  '[1,2',
  '{"a":',
  '{"a":1,}',
  "{'a':1}",
  '{a:1}',
  'NaN',
  '{"title":NaN}',
  '{"limit":Infinity}',
  '{"title":"a","title":{"b":1}}',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"a":{"__proto__":null}}',
  '{"\\u005f_proto__":{"x":1}}',
  '{"title":"\\ud800"}',
  '{"content":"\\u0000"}',
  '\ufeff{"title":"a"}',
  '{"a":1}{"b":2}',
  '{"a":1}\n{"b":2}',
  '[',
  '{"a":"',
  `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
  `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
  '['.repeat(DEPTH),
  `"${'x'.repeat(1_000_000)}"`,
  `{"title":"${'x'.repeat(2_200_000)}"}`,
  `{${Array.from({ length: 10_000 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
  `[${'1e400,'.repeat(1000)}1]`,
  `{"limit":${'9'.repeat(50_000)}}`,
  '// comment\n{}',
  'name=x&password=y',
  `name=${'%41'.repeat(4000)}`,
  '%',
  'a=%zz&b=%',
];

/** Changes the body, or what it says that it is. */
export function mutateBody(random: Random, draft: RequestDraft): void {
  if (draft.method === 'GET' || draft.method === 'HEAD') setHeader(draft, 'content-type', 'application/json');
  random.pick([mutateField, mutateField, mutateField, replaceBody, mutateBytes, mutateEncoding])(random, draft);
}

function mutateField(random: Random, draft: RequestDraft): void {
  const fields = fieldsOf(draft);
  if (fields === undefined) return replaceBody(random, draft);
  const names = [
    ...Object.keys(fields),
    random.pick(['id', 'user_id', 'userId', 'stream', 'title', 'scopes', 'x'.repeat(1000)]),
  ];
  for (let left = 1 + random.below(2); left > 0; left--) {
    const name = random.pick(names);
    if (random.chance(0.1)) delete fields[name];
    else fields[name] = random.chance(0.2) && Array.isArray(fields[name]) ? [random.pick(VALUES)] : random.pick(VALUES);
  }
  setBody(draft, Buffer.from(JSON.stringify(fields)));
}

/** Undefined for what an earlier change has left of a body. */
function fieldsOf({ body }: RequestDraft): Record<string, unknown> | undefined {
  if (body.length > DEPTH) return undefined; // as deep as it is, it could not be written down again
  try {
    const value: unknown = JSON.parse(body.toString() || '{}');
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function replaceBody(random: Random, draft: RequestDraft): void {
  setBody(draft, Buffer.from(random.pick(BODIES)));
}

function mutateBytes(random: Random, draft: RequestDraft): void {
  const body = Buffer.from(draft.body);
  for (let left = 1 + random.below(4); left > 0 && body.length > 0; left--)
    body[random.below(body.length)] = random.below(256);
  setBody(draft, random.chance(0.4) ? body.subarray(0, random.below(body.length + 1)) : body);
}

function mutateEncoding(random: Random, draft: RequestDraft): void {
  const text = draft.body.toString();
  const bodies = [
    () => Buffer.from(text, 'utf16le'),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), draft.body]),
    () => Buffer.concat([draft.body, Buffer.from([0])]),
    () => random.bytes(200),
    () => Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
    () => Buffer.from('1f8b08000000000000ff', 'hex'),
  ];
  setBody(draft, random.pick(bodies)());
  if (random.chance(0.5)) {
    const types = [
      '',
      'text/plain',
      'application/json;charset=utf-16',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/ndjson',
      'x'.repeat(300),
    ];
    setHeader(draft, 'content-type', random.pick(types));
  }
}
