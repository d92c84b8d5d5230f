import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { z } from 'zod';
import * as bridgeToRelay from './envelopes/bridge-to-relay.ts';
import * as envelope from './envelopes/envelope.ts';
import * as relayToBridge from './envelopes/relay-to-bridge.ts';
import * as protocol from './index.ts';
import { CLOSE_CODES, RESET_CODES } from './link/codes.ts';
import { FRAME, FRAME_HEADER_BYTES, MESSAGE } from './link/frames.ts';
import { PROTOCOL_VERSION } from './link/handshake.ts';
import { LINK_LIMITS } from './link/limits.ts';
import { VERSION_HISTORY } from './version-history.ts';

const envelopes = { ...bridgeToRelay, ...relayToBridge };
const current = VERSION_HISTORY.at(-1)!; // never empty

/** The JSON schemas of all zod schemas among these exports, without their words for people. */
function jsonSchemas(exports: object): Record<string, unknown> {
  const schemas = Object.entries(exports).filter(([, value]) => value instanceof z.ZodType);
  return Object.fromEntries(
    schemas.map(([name, schema]) => [
      name,
      z.toJSONSchema(schema as z.ZodType, {
        io: 'input',
        unrepresentable: 'any',
        metadata: z.registry(), // an empty one: names, descriptions and examples are no part of the wire
        override: ({ jsonSchema }) => void delete jsonSchema.$schema,
      }),
    ]),
  );
}

/** For JSON.stringify: keys in the order of the alphabet. */
function sortKeys(_key: string, item: unknown): unknown {
  if (!item || typeof item !== 'object' || Array.isArray(item)) return item;
  return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Short, and the same whatever the order of keys. */
function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortKeys)).digest('hex').slice(0, 16);
}

describe('protocol version', () => {
  it('is the last of a numbered history without gaps', () => {
    assert.deepEqual(
      VERSION_HISTORY.map(({ version }) => version),
      VERSION_HISTORY.map((_entry, index) => index + 1),
    );
    assert.equal(current.version, PROTOCOL_VERSION);
    assert.ok(VERSION_HISTORY.every(({ changes }) => changes.length > 0));
  });

  it('has the frames, codes and envelopes that were recorded for it', () => {
    const wire = hash({
      MESSAGE,
      FRAME,
      FRAME_HEADER_BYTES,
      RESET_CODES,
      CLOSE_CODES,
      initialWindow: LINK_LIMITS.initialWindow,
      maxEnvelopeBytes: envelope.MAX_ENVELOPE_BYTES,
      envelopes: jsonSchemas(envelopes),
    });
    assert.equal(
      wire,
      current.wire,
      `The wire changed. If a bridge or relay of version ${PROTOCOL_VERSION} can no longer talk to this one: raise
PROTOCOL_VERSION (link/handshake.ts), update the golden bytes (frames.test.ts, handshake.test.ts, docs/PROTOCOL.md)
and add an entry to VERSION_HISTORY (version-history.ts) with a line of what changed.
If it is an addition that old peers ignore: add its line to version ${PROTOCOL_VERSION} and record there  wire: '${wire}'`,
    );
  });

  it('has the REST schemas that were recorded for it', () => {
    const rest = hash(
      jsonSchemas(Object.fromEntries(Object.entries(protocol).filter(([name]) => !(name in envelopes)))),
    );
    assert.equal(
      rest,
      current.rest,
      `The REST schemas changed. If clients of version ${PROTOCOL_VERSION} go on working (a field or route more): record
in version-history.ts, beside version ${PROTOCOL_VERSION},  rest: '${rest}'
If they don't: the specification forbids it; add the new form beside the old one.`,
    );
  });
});

describe('docs/PROTOCOL.md', () => {
  it('names every code, envelope and limit with its value', async () => {
    const page = await readFile(new URL('../../../docs/PROTOCOL.md', import.meta.url), 'utf8');
    const rows = [
      ...Object.entries(RESET_CODES).map(([name, code]) => `| ${code} | \`${name}\` |`),
      ...Object.entries(CLOSE_CODES).map(([code, { name }]) => `| ${code} | \`${name}\` |`),
      ...[...bridgeToRelay.bridgeToRelay.options, ...relayToBridge.relayToBridge.options].map(
        (option) => `\n### ${option.shape.type.value}\n`,
      ),
      ...VERSION_HISTORY.map(({ version }) => `\n| ${version} | `),
    ];
    for (const row of rows) assert.ok(page.includes(row), `missing: ${row}`);
    for (const [name, value] of Object.entries(LINK_LIMITS)) {
      assert.match(page, new RegExp(`\\| \`${name}\`( \\*)? \\| ${value} \\|`), `missing or wrong: ${name} ${value}`);
    }
    assert.ok(page.includes(`${envelope.MAX_ENVELOPE_BYTES} bytes`));
  });
});
