import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import converter from 'openapi-to-postmanv2';
import type { OpenApiDocument, PathItem } from '../apps/relay/src/docs/document.ts';

const OPTIONS = {
  folderStrategy: 'Tags',
  parametersResolution: 'Example',
  includeAuthInfoInExample: false,
  // What may be left out is there, switched off.
  enableOptionalParameters: false,
};

/**
 * The Postman collection of an OpenAPI document, as the text of its file: the same for the same document.
 * `{{baseUrl}}` and `{{token}}` are its variables. Throws Error when the document cannot be converted.
 */
export async function postmanCollection(document: OpenApiDocument): Promise<string> {
  const convert = promisify(converter.convertV2);
  const { result, reason, output } = await convert(
    { type: 'string', data: JSON.stringify(forPostman(document)) },
    OPTIONS,
  );
  const collection = output?.[0]?.data;
  if (!result || collection === undefined) throw new Error(`Cannot make the Postman collection: ${reason}`);
  collection.variable = [
    { key: 'baseUrl', value: 'http://localhost:3000' },
    { key: 'token', value: '', type: 'secret' },
  ];
  const normalised = JSON.stringify(normalise(collection, []), null, 2).replaceAll('{{bearerToken}}', '{{token}}');
  return `${normalised}\n`;
}

/** Paths in the order of the alphabet, and of the answers only the good ones, without headers that have no value yet. */
function forPostman(document: OpenApiDocument): OpenApiDocument {
  const paths = Object.entries(document.paths).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...document, paths: Object.fromEntries(paths.map(([path, item]) => [path, withoutErrors(item)])) };
}

function withoutErrors(item: PathItem): PathItem {
  return Object.fromEntries(
    Object.entries(item).map(([method, operation]) => {
      const responses = Object.entries(operation.responses)
        .filter(([status]) => status.startsWith('2'))
        .map(([status, response]) => [status, { ...response, headers: undefined }]);
      return [method, { ...operation, responses: Object.fromEntries(responses) }];
    }),
  );
}

/** Random ids become ones made of the place they are at; what says nothing goes. */
function normalise(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value))
    return value.map((item: unknown, index) => normalise(item, [...path, nameOf(item) ?? String(index)]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      if (key === 'auth' && item === null) return [];
      if (key === 'id' || key === '_postman_id') return [[key, stableId([...path, key])]];
      return [[key, normalise(item, [...path, key])]];
    }),
  );
}

function nameOf(item: unknown): string | undefined {
  return typeof item === 'object' && item !== null && 'name' in item ? String(item.name) : undefined;
}

/** In the form of a UUID, which Postman expects. */
function stableId(path: readonly string[]): string {
  const hex = createHash('sha256').update(path.join('\n')).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
