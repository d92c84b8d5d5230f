import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ContractDocument } from './support/contract-document.ts';
import { missingFields, readSpecification, specExamples, specHeaders } from './support/contract-examples.ts';
import { ContractRun } from './support/contract-run.ts';
import { TestStack } from './support/test-stack.ts';

const markdown = readSpecification();
const examples = specExamples(markdown);

describe('the specification', () => {
  let stack: TestStack;
  let contract: ContractDocument;
  let run: ContractRun;
  let failure: unknown;
  before(async () => {
    // No engine and no bridge but the test's own.
    stack = await TestStack.start({ bridge: false, engine: new URL('http://127.0.0.1:9') });
    contract = await ContractDocument.of(stack.stack.url);
    run = new ContractRun(stack.stack.url, stack.tokens.accessToken, contract, examples);
    // So that what was sent before it failed is still looked at.
    failure = await run.send().catch((error: unknown) => error);
  });
  after(() => stack[Symbol.asyncDispose]());

  it('has examples', () => assert.ok(examples.length > 20));

  it('can be followed from the first request to the last', () => assert.ifError(failure));

  for (const { name, values } of examples) {
    if (values.length === 1) {
      it(`is kept: ${name}`, () => {
        const [example = null] = values;
        const [answer] = run.seen.get(name) ?? [];
        assert.ok(answer !== undefined, 'This example is not sent: see support/contract-run.ts');
        assert.deepEqual(missingFields(example, answer), []);
      });
    } else {
      it(`is kept: ${name}`, () => {
        const answer = run.seen.get(name);
        assert.ok(answer !== undefined, 'This example is not sent: see support/contract-run.ts');
        const types = (events: typeof values) => events.map((event) => Object(event)['type'] as string);
        // More types may stand between them, and a chunk may be cut otherwise.
        const known = answer.filter((event) => types(values).includes(Object(event)['type']));
        const once = (list: string[]) => list.filter((type, index) => type !== list[index - 1]);
        assert.deepEqual(once(types(known)), once(types(values)));
        for (const event of known) {
          const example = values.find((candidate) => types([candidate])[0] === types([event])[0]) ?? null;
          assert.deepEqual(missingFields(example, event), []);
        }
        const text = (events: typeof values) => events.map((event) => Object(event)['content'] ?? '').join('');
        assert.equal(text(known), text(values));
      });
    }
  }

  it('is kept to the letter where an error has a name', () => {
    const [example] = examples.find(({ name }) => name === 'Error Responses')?.values ?? [];
    const [answer] = run.seen.get('Error Responses') ?? [];
    assert.equal(Object(answer).error, Object(example).error);
    assert.equal(Object(answer).code, Object(example).code);
  });

  it('is kept in the headers of limited answers', () => {
    const headers = specHeaders(markdown, 'Rate Limit Headers:');
    assert.equal(headers.length, 3);
    for (const [name] of headers) assert.match(run.userHeaders.get(name) ?? '', /^\d+$/, name);
    const [limit = 0, remaining = 0, reset = 0] = headers.map(([name]) => Number(run.userHeaders.get(name)));
    assert.equal(limit, Number(headers[0]?.[1]));
    assert.ok(remaining < limit && remaining > 0);
    const seconds = reset - Date.now() / 1000;
    assert.ok(seconds > -1 && seconds <= 3601, `X-RateLimit-Reset is ${seconds} s from now`);
  });

  it('has its sockets', () => {
    const sockets = [...markdown.matchAll(/^- `(\w+\/\{\w+\})`: /gm)].map(([, path = '']) => `/ws/${path}`);
    assert.ok(sockets.length >= 3);
    const described = Object.keys(contract.document['x-websockets'] ?? {});
    assert.deepEqual(
      sockets.filter((socket) => !described.includes(socket)),
      [],
    );
    // By a bridge, and by the two sockets of a device, each with something to tell.
    for (const socket of sockets) assert.ok(run.openSockets.has(socket), `${socket} was not opened`);
  });

  it('names addresses for the documentation that are there', async () => {
    assert.ok(markdown.includes('/api/docs/openapi.json'));
    assert.ok(markdown.includes('docs/api/postman-collection.json'));
    for (const path of ['/api/docs', '/api/docs/openapi.json']) {
      assert.equal((await fetch(`${stack.stack.url}${path}`)).status, 200);
    }
  });
});
