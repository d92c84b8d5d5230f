// Builds the bridge's npm package, which the relay hands out; a part of `npm run build`.
import { buildBridge, DOWNLOADS_DIR } from '../dev/src/bridge-build.ts';

console.log(`${(await buildBridge()) ? 'Built' : 'Unchanged'}: ${DOWNLOADS_DIR}`);
