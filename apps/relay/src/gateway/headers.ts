/** Request headers that go to the engine. Everything else - cookies, tokens, Host, Origin - stays here. */
const TO_ENGINE = new Set(['accept', 'accept-language', 'content-length', 'content-type', 'user-agent']);
/** Answer headers that come back. Never Set-Cookie, Location, CORS, Refresh, Link: the content is another origin's. */
const TO_CLIENT = new Set(['content-length', 'content-type', 'retry-after']);

/** Picks what the engine may see from Node's `rawHeaders`. */
export function engineHeaders(raw: readonly string[]): string[] {
  return pick(raw, TO_ENGINE);
}

/** Picks what the client may see; names are lower case. */
export function clientHeaders(raw: readonly string[]): string[] {
  return pick(raw, TO_CLIENT);
}

function pick(raw: readonly string[], allowed: ReadonlySet<string>): string[] {
  const picked: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase(); // index is below length
    if (allowed.has(name)) picked.push(name, raw[index + 1]!);
  }
  return picked;
}
