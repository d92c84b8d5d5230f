import http from 'node:http';
import type { Plugin } from 'rolldown';

/**
 * `import … from 'node:http'` reads all that it exports, so that a program which imports `request` alone has loaded what
 * WebSocket and `fetch` are made of: measured, 3 MB of an idle bridge and a quarter of what a short command costs. In the
 * bundle the names come from the module itself, which loads those when they are asked for: they are the getters in it.
 */
export const leanHttp: Plugin = {
  name: 'lean-http',
  resolveId: { filter: { id: /^node:http$/ }, handler: () => '\0lean-http' },
  load: {
    filter: { id: /lean-http$/ },
    handler() {
      const properties = Object.entries(Object.getOwnPropertyDescriptors(http));
      const names = properties.filter(([, { get }]) => get === undefined).map(([name]) => name);
      return `export const { ${names.join(', ')} } = process.getBuiltinModule('node:http');`;
    },
  },
};
