const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const COMMA = 0x2c;
/** Of objects, lists and what is in them: each takes dozens of bytes in memory, and as few as two or three in a body. */
const MAX_PIECES = 4_000_000;

/**
 * Whether a body would take far more memory and time to parse than it has bytes: measured, 64 MB of `{},` are 2.3 GB and
 * ten seconds. Commas within texts count too; a conversation with pictures has a thousandth of the limit.
 */
export function isCostlyToParse(body: Buffer): boolean {
  if (body.length <= MAX_PIECES) return false;
  let pieces = 0;
  for (const byte of body) if (byte === COMMA || byte === OPEN_BRACE || byte === OPEN_BRACKET) pieces++;
  return pieces > MAX_PIECES;
}
