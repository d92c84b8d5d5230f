import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import {
  type DocumentedResponse,
  type JsonSchema,
  type MediaType,
  type Method,
  type OpenApiDocument,
  type Operation,
} from '../../apps/relay/src/docs/document.ts';
import { OPENAPI_PATH } from '../../apps/relay/src/docs/docs-page.ts';
import { type JsonObject, textAt } from './contract-examples.ts';

/** An OpenAPI document that values can be held against. Fields that it doesn't name count as mistakes. */
export class ContractDocument {
  readonly document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: OpenApiDocument) {
    this.document = document;
    ajvFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'document', components: closed(document.components) });
  }

  /** The document of a running relay. */
  static async of(url: string): Promise<ContractDocument> {
    const response = await fetch(`${url}${OPENAPI_PATH}`);
    assert.equal(response.status, 200);
    return new ContractDocument((await response.json()) as OpenApiDocument); // as: the relay's own type
  }

  /** Throws when the document has no such operation. */
  operation(method: string, path: string): Operation {
    const operation = this.document.paths[path]?.[method.toLowerCase() as Method]; // as: absent if it is no method
    assert.ok(operation, `The OpenAPI document has no ${method} ${path}`);
    return operation;
  }

  /** Whatever the parameters in the path are called. */
  has(method: string, path: string): boolean {
    const unnamed = (text: string): string => text.replaceAll(/\{[^}]+\}/g, '{}');
    return Object.entries(this.document.paths).some(
      ([known, item]) => unnamed(known) === unnamed(path) && item[method.toLowerCase() as Method] !== undefined, // as: see above
    );
  }

  /** The documented answer of this status and type. Throws when there is none. */
  media(operation: Operation, status: number, type: string): MediaType {
    const response = operation.responses[status];
    assert.ok(response, `${operation.operationId} answered ${status}, which is not documented`);
    const media = this.resolve(response).content?.[type];
    assert.ok(media, `${operation.operationId} answered ${status} as ${type}, which is not documented`);
    return media;
  }

  /** What a reference to a response stands for. */
  resolve(response: Operation['responses'][string]): DocumentedResponse {
    if (!('$ref' in response)) return response;
    const named = this.document.components.responses?.[response.$ref.split('/').at(-1) ?? ''];
    assert.ok(named, `Nothing is at ${response.$ref}`);
    return named;
  }

  /** Throws AssertionError saying where the value is not as its schema says. */
  assertValid(schema: JsonSchema, value: unknown, what: string): void {
    const validate = this.#ajv.compile(withDocument(closed(schema)));
    const problems = validate(value) ? [] : (validate.errors ?? []);
    assert.deepEqual(
      problems.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`),
      [],
      `${what} is not as documented: ${JSON.stringify(value).slice(0, 500)}`,
    );
  }

  /** A message of a WebSocket, as its end sends or receives it. */
  assertMessage(path: string, direction: 'send' | 'receive', message: JsonObject): void {
    const type = textAt(message, 'type');
    const media = this.document['x-websockets']?.[path]?.[direction][type];
    assert.ok(media, `The OpenAPI document has no message ${type} of ${path}`);
    this.assertValid(media.schema, message, `The message ${type}`);
  }

  #assertHeaders({ operationId, responses }: Operation, { status, headers }: Response): void {
    const known = this.document.components.headers ?? {};
    const documented = Object.keys(this.resolve(responses[status]!).headers ?? {}); // the answer is documented: looked up before
    assert.deepEqual(
      documented.filter((name) => known[name]?.required === true && !headers.has(name)),
      [],
      `Headers that ${operationId} should have answered`,
    );
  }

  /** A whole answer: JSON as its schema says, or lines of it, each as theirs says. Returns what was in it. */
  async answer(method: string, path: string, response: Response): Promise<unknown[]> {
    const operation = this.operation(method, path);
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
    const media = this.media(operation, response.status, type);
    if (response.ok) this.#assertHeaders(operation, response);
    const text = await response.text();
    const items = media['x-item-schema'];
    const values = (items ? text.trim().split('\n') : [text]).map((line) => JSON.parse(line) as unknown);
    for (const value of values) this.assertValid(items ?? media.schema, value, `The answer of ${method} ${path}`);
    return values;
  }
}

/** References lead into the document. */
function withDocument(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')) as JsonSchema; // as: it was one
}

/** The same schema, where an object has no other fields than the named ones. */
function closed<Part>(part: Part): Part {
  return JSON.parse(JSON.stringify(part), (_key, value: unknown) => {
    const isOpen =
      typeof value === 'object' &&
      value !== null &&
      'properties' in value &&
      'type' in value &&
      value.type === 'object' &&
      !('additionalProperties' in value);
    return isOpen ? { ...value, additionalProperties: false } : value;
  }) as Part; // as: what was written is what is read
}
