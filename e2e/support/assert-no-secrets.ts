import assert from 'node:assert/strict';

/** Texts to look through, by the name that a failure gives them. */
export type Texts = Readonly<Record<string, string>>;
/** What must be in none of them, by name; absent ones were never made. */
export type Secrets = Readonly<Record<string, string | undefined>>;

/** Shorter than any secret: it would be found by chance. */
const MIN_SECRET_CHARACTERS = 8;

/** What is a secret by its looks alone, whoever made it. */
const LOOKS: readonly (readonly [string, RegExp])[] = [
  ['a JWT', /eyJ[\w-]{10,}\.[\w-]{10,}/],
  ['an API key', /c2l_[\w-]{8,}/],
  ["a proxy's token", /c2p_[\w-]{8,}/],
];

/**
 * Throws AssertionError when one of the texts holds one of the secrets (as it is, in JSON or percent-encoded), a JWT or
 * an API key. It says which and in which line of what, and quotes nothing.
 */
export function assertNoSecrets(texts: Texts, secrets: Secrets): void {
  const needles: [string, (line: string) => boolean][] = LOOKS.map(([name, look]) => [name, (line) => look.test(line)]);
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret === undefined) continue;
    assert.ok(secret.length >= MIN_SECRET_CHARACTERS, `${name} is too short to be looked for`);
    const forms = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
    needles.push([name, (line) => [...forms].some((form) => line.includes(form))]);
  }
  const found: string[] = [];
  for (const [name, text] of Object.entries(texts)) {
    for (const [index, line] of text.split('\n').entries()) {
      for (const [secret, isIn] of needles) if (isIn(line)) found.push(`${secret} in line ${index + 1} of ${name}`);
    }
  }
  assert.deepEqual(found, [], `secrets where none may be: ${found.slice(0, 20).join('; ')}`);
}
