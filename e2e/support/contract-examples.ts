import { readFileSync } from 'node:fs';

/** An example of the specification, under a name such as `POST /api/bridge/register · Request`. */
export interface SpecExample {
  name: string;
  /** A stream's example has several values, any other one. */
  values: JsonValue[];
}
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

const SPECIFICATION = new URL('../fixtures/specification.md', import.meta.url);

/** The specification, a copy of the page that this API was built from. */
export function readSpecification(): string {
  return readFileSync(SPECIFICATION, 'utf8');
}

/** Every ```json example, named after the heading and the bold line or comment above it. */
export function specExamples(markdown: string): SpecExample[] {
  const examples: SpecExample[] = [];
  let heading = '';
  let part = '';
  let block: string[] | undefined;
  for (const line of markdown.split('\n')) {
    if (block) {
      if (line.startsWith('```')) {
        examples.push(...examplesIn(block, heading, part));
        block = undefined;
      } else block.push(line);
      continue;
    }
    const title = /^#+ (.*)$/.exec(line)?.[1];
    if (title !== undefined) [heading, part] = [title.replaceAll('*', ''), ''];
    const label = /^\*\*(.*?):?\*\*:?$/.exec(line)?.[1];
    if (label !== undefined) part = label.replace(/:$/, '');
    if (line.startsWith('```json')) block = [];
  }
  return examples;
}

/** Comments in a column of their own part a block into several examples. */
function examplesIn(block: string[], heading: string, part: string): SpecExample[] {
  const parts: { title: string; lines: string[] }[] = [];
  for (const line of block) {
    const comment = /^\/\/ (.*)$/.exec(line)?.[1];
    if (comment !== undefined) parts.push({ title: comment, lines: [] });
    else {
      if (parts.length === 0) parts.push({ title: part, lines: [] });
      parts.at(-1)!.lines.push(line); // one was pushed before
    }
  }
  return parts.map(({ title, lines }) => ({
    name: [heading, title].filter(Boolean).join(' · '),
    values: parseValues(lines),
  }));
}

/** One value, or one a line. What the specification leaves out (`[...]`, comments) is empty. */
function parseValues(lines: string[]): JsonValue[] {
  const text = lines
    .map((line) => line.replace(/^\s*\/\/.*$/, ''))
    .join('\n')
    .replaceAll('[...]', '[]')
    .trim();
  const texts = text.includes('\n{"') ? text.split('\n') : [text];
  return texts.map((value) => JSON.parse(value) as JsonValue); // as: JSON is nothing else
}

/** The headers of a ```http block below a bold line, such as `X-RateLimit-Limit: 1000`. */
export function specHeaders(markdown: string, label: string): [string, string][] {
  const block = markdown.split(`**${label}**`)[1]?.split('```http')[1]?.split('```')[0] ?? '';
  return [...block.matchAll(/^([\w-]+): (.*)$/gm)].map(([, name = '', value = '']) => [name, value]);
}

/** Finds out where a value lacks something that the example has, or has it with another JSON type. */
export function missingFields(example: JsonValue, actual: JsonValue | undefined, path = 'answer'): string[] {
  if (actual === undefined) return [`${path} is missing`];
  const [expected, found] = [typeOf(example), typeOf(actual)];
  if (expected !== found) return [`${path} is ${found}, documented as ${expected}`];
  if (Array.isArray(example) && Array.isArray(actual)) {
    const [item] = example;
    if (item === undefined) return [];
    if (actual.length === 0) return [`${path} is empty: nothing to compare`];
    return actual.flatMap((value, index) => missingFields(item, value, `${path}[${index}]`));
  }
  if (!isObject(example) || !isObject(actual)) return [];
  return Object.entries(example).flatMap(([name, value]) => missingFields(value, actual[name], `${path}.${name}`));
}

/** The text at a path of names. Throws when there is none. */
export function textAt(value: JsonValue | undefined, ...names: string[]): string {
  const found = names.reduce((part: JsonValue | undefined, name) => (isObject(part) ? part[name] : undefined), value);
  if (typeof found !== 'string') throw new Error(`There is no text at ${names.join('.')}: ${JSON.stringify(value)}`);
  return found;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
