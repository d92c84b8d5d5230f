// Builds the SDK as it is published, into packages/sdk/dist: `npm run sdk:build`; then `npm publish packages/sdk/dist`.
import { gzipSync } from 'node:zlib';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSdk } from '../packages/sdk/build/build-sdk.ts';

const { folder, sizes } = await buildSdk();
for (const [name, bytes] of Object.entries(sizes)) console.log(`${String(bytes).padStart(8)}  ${name}`);
const zipped = gzipSync(await readFile(join(folder, 'index.js'))).length;
console.log(`Written: ${folder}; index.js is ${zipped} bytes when compressed`);
