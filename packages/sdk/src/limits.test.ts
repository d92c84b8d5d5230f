import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as protocol from '@cloudtolocalllm/protocol';
import * as limits from './limits.ts';

test("the limits that pages may need are the protocol's", () => {
  const theirs: Record<string, unknown> = protocol;
  for (const [name, value] of Object.entries(limits)) assert.deepEqual(value, theirs[name], name);
});
