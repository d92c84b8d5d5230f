import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { makeApiDocument } from './api-document.ts';
import { postmanCollection } from './postman-collection.ts';

describe('docs/api/postman-collection.json', () => {
  it('is the collection of the API as it is', async () => {
    const written = await readFile(new URL('../docs/api/postman-collection.json', import.meta.url), 'utf8');
    const current = await postmanCollection(await makeApiDocument());
    assert.ok(written === current, 'The Postman collection is stale. Write it again with: npm run docs:postman');
  });

  it('has no parameter without an example, for which the converter would make up another one each time', async () => {
    const document = await makeApiDocument();
    const bare = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.values(item).flatMap(({ parameters = [] }) =>
        parameters
          .filter(({ schema, example }) => example === undefined && schema?.['default'] === undefined)
          .map(({ name }) => `${path} ${name}`),
      ),
    );
    assert.deepEqual(bare, []);
  });

  it('comes out the same each time, with an address and a token to fill in', async () => {
    const document = await makeApiDocument();
    const first = await postmanCollection(document);
    assert.equal(await postmanCollection(document), first);
    assert.match(first, /\{\{baseUrl\}\}/);
    assert.match(first, /\{\{token\}\}/);
    assert.doesNotMatch(first, /bearerToken/);
  });
});
