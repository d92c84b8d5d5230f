/** `plain`: the engine gets the request it would get without the trick; `refused`: it hears nothing of it. */
export interface HostileCase {
  name: string;
  /** All before the line end behind the last header; the token and what ends the connection are added. */
  head: string;
  body?: string;
  expected: 'plain' | 'refused';
  status: readonly number[];
}

const NOT_THERE = [400, 403, 404];
/** Behind a body that ends early: a request of its own to whoever is mistaken. */
export const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

/** See `refusesHostileRequests`. */
export interface HostileAim {
  /** Where the engine's API begins: `/ollama`, `/proxy/{id}`, or nothing: the relay's `/v1`, or a proxy's own host. */
  base: string;
  /** What leads there; absent: any will do. */
  host?: string;
  /** What a GET of the engine's path leads to, whoever asks; absent: `/v1/models`. */
  plainPath?: string;
}

/** What nobody may get through at `aim`, and what gets there as it would without the trick. */
export function hostileCases({ base, host: ownHost, plainPath = '/v1/models' }: HostileAim): HostileCase[] {
  const host = ownHost ?? 'relay';
  const models = `${base}${plainPath}`;
  const chat = `POST ${base}/v1/chat/completions HTTP/1.1\r\nHost: ${host}`;
  const target = (path: string): HostileCase => ({
    name: `the target ${JSON.stringify(path)}`,
    head: `GET ${path} HTTP/1.1\r\nHost: ${host}`,
    expected: 'refused',
    status: NOT_THERE,
  });
  const refusedHead = (name: string, more: string, body = ''): HostileCase => ({
    name,
    head: `${chat}\r\n${more}`,
    body,
    expected: 'refused',
    status: [400],
  });
  const plainHead = (name: string, more: string, path = models): HostileCase => ({
    name,
    head: `GET ${path} HTTP/1.1\r\n${more}`,
    expected: 'plain',
    status: [200],
  });
  /** Where it is the host that leads to the engine, another one leads elsewhere, where this token is none. */
  const atHost = (name: string, other: string, path = models): HostileCase => ({
    ...plainHead(name, `Host: ${other}`, path),
    ...(ownHost !== undefined && { expected: 'refused', status: [401] }),
  });
  return [
    ...[
      `${base}/v1/../api/tags`,
      `${base}/v1/../../api/delete`,
      `${base}/v1/%2e%2e/api/tags`,
      `${base}/v1/.%2E/api/tags`,
      `${base}/v1/..%2fapi%2ftags`,
      `${base}/v1/models/..%2f..%2fapi%2fdelete`,
      `${base}/v1/models/%252e%252e/x`,
      `${base}/v1/./models`,
      `${base}/v1//models`,
      `${base}/v1/models//evil.example`,
      `${base}/v1\\models`,
      `${base}/v1/models\\..\\..\\api`,
      `${base}/v1/models%00`,
      `${base}/v1/models/%0d%0aX-Evil:%20y`,
      `${base}/v1/models/x%0aHost:%20evil.example`,
      `${base}/v1/models@evil.example/`,
      `${base}/v1/models;jsessionid=1`,
      `${base}/v1/models/\x7f`,
      `http://evil.example${base}/v1/../api/tags`,
      `http://evil.example@${base}/v1/%2e%2e/api`,
      `ftp://evil.example${base}/v1/models`,
      `${base}/v1/models/http://evil.example/`,
    ].map(target),
    plainHead('an absolute target of another host', `Host: ${host}`, `http://evil.example${models}`),
    atHost('an absolute target with a port', 'evil.example', `HTTP://evil.example:1${models}`),
    atHost('another Host', 'evil.example'),
    atHost('a Host that begins as a good one', `${host}.evil.example`),
    atHost('a Host with a good one before an @', `${host}@evil.example`),
    atHost("a Host that could be another proxy's", host.replace(/proxy-[^.]+/, `proxy-${crypto.randomUUID()}`)),
    ...[
      'X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /evil',
      'Forwarded: for=1.2.3.4;host=evil.example',
      'X-Original-URL: /api/delete\r\nX-Rewrite-URL: /api/delete',
      'X-HTTP-Method-Override: DELETE\r\nX-Method-Override: DELETE',
      'X-Host: evil.example\r\nX-Forwarded-Server: evil.example\r\nX-HTTP-Host-Override: evil.example',
      'Origin: https://app.example\r\nReferer: https://app.example/\r\nCookie: a=b',
      'Proxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\nTE: trailers',
      'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
      'Connection: close, x-evil\r\nX-Evil: 1',
      'Expect: the-unexpected',
    ].map((more) => plainHead(JSON.stringify(more), `Host: ${host}\r\n${more}`)),
    // A version that has no headers: whoever puts a line end there has ended the target.
    { ...target(`${models}\r\nX-Evil: y`), name: 'CR and LF in the target', expected: 'plain', status: [200] },
    { ...target(`${models} x`), name: 'a blank in the target', status: [400] },
    { ...target(`${models}\0`), name: 'NUL in the target', status: [400] },
    {
      ...target(models),
      name: 'two Hosts',
      head: `GET ${models} HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example`,
      status: [400],
    },
    { ...target(models), name: 'no Host', head: `GET ${models} HTTP/1.1\r\nX: y`, status: [400] },
    refusedHead('a bare CR in a header', 'X: a\rb: c\r\nContent-Length: 0'),
    refusedHead('NUL in a header', 'X: a\0b\r\nContent-Length: 0'),
    refusedHead('a folded header', 'X: a\r\n b\r\nContent-Length: 0'),
    refusedHead('a blank before the colon', 'Content-Length : 5', `hello${SMUGGLED}`),
    refusedHead('both lengths', 'Content-Length: 5\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`),
    refusedHead(
      'both lengths, the other way round',
      'Transfer-Encoding: chunked\r\nContent-Length: 5',
      `0\r\n\r\n${SMUGGLED}`,
    ),
    refusedHead('two lengths', 'Content-Length: 5\r\nContent-Length: 6', `hello${SMUGGLED}`),
    refusedHead('a list of lengths', 'Content-Length: 5, 5', `hello${SMUGGLED}`),
    refusedHead('a negative length', 'Content-Length: -1', SMUGGLED),
    refusedHead('a length with a sign', 'Content-Length: +5', `hello${SMUGGLED}`),
    refusedHead('a hexadecimal length', 'Content-Length: 0x5', `hello${SMUGGLED}`),
    refusedHead('another coding than chunked', 'Transfer-Encoding: xchunked', `0\r\n\r\n${SMUGGLED}`),
    refusedHead('chunked not as the last', 'Transfer-Encoding: chunked, identity', `0\r\n\r\n${SMUGGLED}`),
    refusedHead('chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`),
    { ...refusedHead('a compressed body', 'Content-Encoding: gzip\r\nContent-Length: 5', 'hello'), status: [415] },
  ];
}

/** Bodies that are not what their heads say: an engine may hear of them, but never of a whole request. */
export const BROKEN_BODIES: readonly [name: string, head: string, body: string][] = [
  ['a chunk size that is none', 'Transfer-Encoding: chunked', `zz\r\nhello\r\n0\r\n\r\n${SMUGGLED}`],
  ['a negative chunk size', 'Transfer-Encoding: chunked', `-5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`],
  [
    'a chunk size beyond all numbers',
    'Transfer-Encoding: chunked',
    `fffffffffffffffff\r\nhello\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  ['a chunk longer than its size', 'Transfer-Encoding: chunked', `2\r\nhello\r\n0\r\n\r\n${SMUGGLED}`],
  ['a chunk size with a bare LF', 'Transfer-Encoding: chunked', `5\nhello\r\n0\r\n\r\n${SMUGGLED}`],
  ['a body shorter than its length', 'Content-Length: 500', 'hello'],
  ['chunks without an end', 'Transfer-Encoding: chunked', '5\r\nhello\r\n'],
];
