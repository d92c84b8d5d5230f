import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';

/** What each part may import of the others (docs/ARCHITECTURE.md). Apps never import apps. */
const ALLOWED: Record<string, readonly string[]> = {
  'packages/protocol': [],
  'packages/sdk': ['packages/protocol'],
  'apps/web': ['packages/sdk'],
  'apps/relay': ['packages/protocol'],
  'apps/bridge': ['packages/protocol'],
};
const PACKAGES: Record<string, string> = {
  '@cloudtolocalllm/protocol': 'packages/protocol',
  '@cloudtolocalllm/sdk': 'packages/sdk',
  '@cloudtolocalllm/relay': 'apps/relay',
  '@cloudtolocalllm/web': 'apps/web',
  cloudtolocalllm: 'apps/bridge',
};

/** The part that an import names, seen from a file; undefined for one outside of the workspace. */
function partOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    return PACKAGES[name];
  }
  return normalize(join(dirname(file), specifier))
    .split('/')
    .slice(0, 2)
    .join('/');
}

describe('imports', () => {
  for (const [part, allowed] of Object.entries(ALLOWED)) {
    it(`go one way from ${part}`, async () => {
      const wrong: string[] = [];
      let files = 0;
      for await (const file of glob(`${part}/src/**/*.{ts,tsx}`)) {
        files++;
        const source = await readFile(file, 'utf8');
        // A test may hold what an app makes against the wire's own schemas.
        const reachable = file.endsWith('.test.ts') ? [...allowed, 'packages/protocol'] : allowed;
        for (const [, specifier = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
          const target = partOf(file, specifier);
          if (target && target !== part && !reachable.includes(target)) wrong.push(`${file} imports ${specifier}`);
        }
      }
      assert.deepEqual(wrong, []);
      assert.ok(files > 0);
    });
  }
});
