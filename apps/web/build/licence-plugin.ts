import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** The licence as a file of the app: whoever uses it may read it there. */
export function licence(): Plugin {
  return {
    name: 'licence',
    apply: 'build',
    generateBundle() {
      const source = readFileSync(join(import.meta.dirname, '../../../LICENSE'), 'utf8');
      this.emitFile({ type: 'asset', fileName: 'licence.txt', source });
    },
  };
}
