// Writes docs/api/postman-collection.json from the relay's own OpenAPI document: `npm run docs:postman`.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { makeApiDocument } from './api-document.ts';
import { postmanCollection } from './postman-collection.ts';

const FILE = new URL('../docs/api/postman-collection.json', import.meta.url);

await writeFile(FILE, await postmanCollection(await makeApiDocument()));
console.log(`Written: ${fileURLToPath(FILE)}`);
