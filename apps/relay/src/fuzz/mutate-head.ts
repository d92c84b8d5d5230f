import type { Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { headerOf, type RequestDraft, setHeader } from './request-draft.ts';

/** None that deletes: what is sent here may be the fuzzer's own. */
const METHODS = [
  'get',
  'Get',
  'OPTIONS',
  'HEAD',
  'PUT',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'QUERY',
  'PURGE',
  'PRI',
  'FOO',
  'G\tET',
  '',
  'M-SEARCH',
  'SOURCE',
  'X'.repeat(5000),
  '\xff',
  'POST',
  'PATCH',
  'LINK',
];
const VALUES = [
  '',
  ' ',
  '\t',
  '\x00',
  '\x01',
  '\xff\xfe',
  'a\rb',
  'a\nb: c',
  'a\r\nX-Evil: 1',
  ',',
  ';',
  '"',
  '=',
  '*/*',
  '0',
  '-1',
  'null',
  '[]',
  '\u00e4',
  'x'.repeat(9000),
  'x'.repeat(70_000),
  '2147483648',
  'gzip',
  'bytes=0-1',
  '*',
  'true',
  'Sat, 40 Foo 2025',
  '%00',
  '../..',
];
const NAMES = [
  'accept',
  'accept-encoding',
  'accept-language',
  'access-control-request-method',
  'connection',
  'content-encoding',
  'content-type',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'keep-alive',
  'last-event-id',
  'max-forwards',
  'origin',
  'range',
  'referer',
  'te',
  'trailer',
  'upgrade',
  'user-agent',
  'via',
  'x-bridge-id',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-http-method-override',
  'x-real-ip',
  'x-request-id',
  'request-id',
  'sec-websocket-key',
  'sec-websocket-protocol',
  '__proto__',
  'constructor',
  'x',
  ':path',
  'a b',
  '',
];

/** Changes the method, the version, the headers or how they frame the body. */
export function mutateHead(random: Random, draft: RequestDraft): void {
  random.pick([mutateHeader, mutateHeader, duplicate, mutateMethod, mutateFraming, mutateMeaning, flood])(
    random,
    draft,
  );
}

function mutateHeader(random: Random, draft: RequestDraft): void {
  setHeader(draft, random.pick(NAMES), random.pick(VALUES));
  draft.mayWait = true;
}

function duplicate(random: Random, draft: RequestDraft): void {
  const [name, value] = random.pick(draft.headers);
  const other = random.pick([value, value.slice(1), `${value}x`, '', random.pick(VALUES)]);
  draft.headers.push([random.pick([name, name.toUpperCase(), ` ${name}`, `${name} `, `${name}\t`]), other]);
  draft.mayWait = true;
}

function mutateMethod(random: Random, draft: RequestDraft): void {
  if (random.chance(0.3)) {
    draft.version = random.pick([
      'HTTP/1.0',
      'HTTP/0.9',
      'HTTP/2.0',
      'HTTP/1.2',
      'HTTP/1.1x',
      'http/1.1',
      'HTTP/',
      '',
      'RTSP/1.0',
    ]);
  } else draft.method = random.pick(METHODS);
  draft.mayWait = true;
}

/** How long the body is, said falsely, twice or in two ways (RFC 9112, 6.3). */
function mutateFraming(random: Random, draft: RequestDraft): void {
  draft.mayWait = true;
  const length = draft.body.length;
  const changes = [
    () => setHeader(draft, 'content-length', String(length + 1 + random.below(100))),
    () => setHeader(draft, 'content-length', String(Math.max(0, length - 1 - random.below(5)))),
    () =>
      setHeader(
        draft,
        'content-length',
        random.pick(['-1', '+5', '0x10', '1e3', '', ' 5', '5 5', '5,5', '5, 6', '99999999999999999999']),
      ),
    () => draft.headers.push(['content-length', String(length + 3)]),
    () => draft.headers.push(['transfer-encoding', 'chunked']),
    () =>
      draft.headers.push([
        'transfer-encoding',
        random.pick([
          'identity',
          'gzip, chunked',
          'chunked, identity',
          'xchunked',
          '\tchunked',
          'CHUNKED',
          'chunked\r\n ',
          '\x0bchunked',
        ]),
      ]),
    () => chunk(draft, `${length.toString(16)}\r\n`, '\r\n0\r\n\r\n'),
    () => chunk(draft, `${length.toString(16)};ext="${'x'.repeat(random.below(20_000))}"\r\n`, '\r\n0\r\n\r\n'),
    () => chunk(draft, `${random.pick(['-1', 'zz', '0x5', 'ffffffffffffffff', '', ' 5'])}\r\n`, '\r\n0\r\n\r\n'),
    () => chunk(draft, `${length.toString(16)}\r\n`, `\r\n0\r\nX-Trailer: ${'x'.repeat(random.below(70_000))}\r\n\r\n`),
    () => chunk(draft, `${length.toString(16)}\n`, '\n0\n\n'),
    () => void (draft.lineEnd = random.pick(['\n', '\r', '\r\r\n', '\n\n', '\r\n '])),
    () => void (draft.body = Buffer.concat([draft.body, Buffer.from('GET /api/me HTTP/1.1\r\nhost: x\r\n\r\n')])),
    () => void (draft.body = draft.body.subarray(0, random.below(length + 1))),
  ];
  random.pick(changes)();
}

function chunk(draft: RequestDraft, before: string, after: string): void {
  draft.headers = draft.headers.filter(([name]) => name !== 'content-length');
  draft.headers.push(['transfer-encoding', 'chunked']);
  draft.body = Buffer.concat([Buffer.from(before), draft.body, Buffer.from(after)]);
}

/** Well-formed, and strange in what it asks for. */
function mutateMeaning(random: Random, draft: RequestDraft): void {
  const headers: [string, string][] = random.pick([
    [['expect', '100-continue']],
    [['expect', 'something']],
    [
      ['upgrade', 'websocket'],
      ['connection', 'Upgrade'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ],
    [
      ['upgrade', 'websocket'],
      ['connection', 'Upgrade'],
      ['sec-websocket-key', 'short'],
    ],
    [
      ['upgrade', 'h2c'],
      ['connection', 'Upgrade, HTTP2-Settings'],
      ['http2-settings', 'AAMAAABkAAQAAP__'],
    ],
    [
      ['accept', 'text/html'],
      ['host', '127.0.0.1'],
    ],
    [['host', 'evil.example']],
    [['host', 'a'.repeat(300)]],
    [
      ['origin', 'https://evil.example'],
      ['access-control-request-method', 'DELETE'],
    ],
    [['origin', 'null']],
    [
      [
        'content-type',
        random.pick([
          'text/plain',
          'application/json; charset=utf-16',
          'multipart/form-data',
          'application/xml',
          'application/json;',
          'a/b/c',
          'application/x-www-form-urlencoded',
          'APPLICATION/JSON',
        ]),
      ],
    ],
    [['content-encoding', 'gzip']],
    [['x-bridge-id', random.pick(['bridge-x', '../x', `bridge-${'0'.repeat(36)}`, 'x'.repeat(3000)])]],
    [
      [
        'x-forwarded-for',
        random.pick(['127.0.0.1', '::1', 'unknown', '1.1.1.1, 2.2.2.2', `${'1.1.1.1,'.repeat(500)}1.1.1.1`]),
      ],
    ],
    [['x-http-method-override', 'DELETE']],
    [['range', random.pick(['bytes=0-0', 'bytes=-1', 'bytes=0-0,1-1,2-2', 'bytes=99999999999-'])]],
    [['connection', random.pick(['authorization', 'content-length', 'keep-alive, host', 'transfer-encoding'])]],
  ]);
  for (const [name, value] of headers) setHeader(draft, name, value);
  if (headerOf(draft, 'expect') !== undefined || headerOf(draft, 'upgrade') !== undefined) draft.mayWait = true;
}

function flood(random: Random, draft: RequestDraft): void {
  const count = random.pick([50, 300, 2100]);
  for (let index = 0; index < count; index++) draft.headers.push([`x-${index}`, 'x'.repeat(random.below(40))]);
  draft.mayWait = true;
}
