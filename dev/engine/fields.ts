import { EngineError } from './engine-error.ts';

/** A JSON object as it came from a client; read it with the functions below. They throw `bad-request` for a wrong type. */
export type Fields = Readonly<Record<string, unknown>>;

export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(name, 'a string');
}

export function numberField(fields: Fields, name: string): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  throw wrongType(name, 'a number');
}

export function booleanField(fields: Fields, name: string): boolean | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongType(name, 'true or false');
}

/** An absent object reads as an empty one. */
export function objectField(fields: Fields, name: string): Fields {
  return asFields(fields[name] ?? {}, name);
}

export function listField(fields: Fields, name: string): unknown[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value)) return value;
  throw wrongType(name, 'a list');
}

/** One string or a list of them. */
export function textsField(fields: Fields, name: string): string[] {
  const value = fields[name] ?? [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw wrongType(name, 'a string or a list of strings');
}

/** @throws EngineError `bad-request` when `value` is no JSON object. */
export function asFields(value: unknown, name: string): Fields {
  // A plain object from JSON.parse has string keys and nothing else.
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrongType(name, 'an object');
}

function wrongType(name: string, expected: string): EngineError {
  return new EngineError('bad-request', `invalid ${name}: must be ${expected}`);
}
