import ts from 'typescript';
import { wordsOf, writtenComment } from './comments.ts';

/** Types of data nest a few levels deep; deeper is a loop that no name ends. */
const MAX_DEPTH = 20;

const KEYWORDS: readonly [ts.TypeFlags, string][] = [
  [ts.TypeFlags.Any, 'any'],
  [ts.TypeFlags.Unknown, 'unknown'],
  [ts.TypeFlags.String, 'string'],
  [ts.TypeFlags.Number, 'number'],
  [ts.TypeFlags.Boolean, 'boolean'],
  [ts.TypeFlags.Undefined, 'undefined'],
  [ts.TypeFlags.Null, 'null'],
  [ts.TypeFlags.Never, 'never'],
];

export type TypeWriter = {
  /** The type in plain TypeScript; named types inside of it by their names. */
  write(type: ts.Type, indent: string): string;
  /** The same, but of a named type what it is. */
  writeWhole(type: ts.Type): string;
  /** Of a constant that is frozen by `as const`. */
  writeConstant(type: ts.Type): string;
};

/**
 * Writes types of data (objects, arrays, unions, literals) as they come out, without what they were made by: of
 * `z.infer<typeof message>`, the fields. `names` are those that are written as references, `texts` those of types that
 * say the same in the same words, such as what goes in and comes out of one schema; `onName` is told which.
 */
export function typeWriter(
  checker: ts.TypeChecker,
  names: ReadonlyMap<ts.Type, string>,
  texts: ReadonlyMap<string, string>,
  onName: (name: string) => void,
): TypeWriter {
  let isConstant = false;

  function named(type: ts.Type): string | undefined {
    const name = names.get(type) ?? (isPlainObject(type) ? texts.get(object(type, '')) : undefined);
    if (name !== undefined) onName(name);
    return name;
  }

  function write(type: ts.Type, indent: string): string {
    return named(type) ?? unnamed(type, indent);
  }

  function isPlainObject(type: ts.Type): boolean {
    return (type.flags & ts.TypeFlags.Object) !== 0 && !checker.isArrayType(type) && !checker.isTupleType(type);
  }

  function unnamed(type: ts.Type, indent: string): string {
    if (indent.length / 2 > MAX_DEPTH) throw new Error(`Cannot write a type: ${checker.typeToString(type)} has no end`);
    for (const [flag, keyword] of KEYWORDS) if (type.flags & flag) return keyword;
    if (type.isStringLiteral()) return quoted(type.value);
    if (type.isNumberLiteral()) return String(type.value);
    if (type.flags & ts.TypeFlags.BooleanLiteral) return checker.typeToString(type);
    if (type.isUnion()) return union(type, indent);
    if (type.isIntersection()) return type.types.map((part) => inUnion(part, indent)).join(' & ');
    if (type.flags & ts.TypeFlags.Object) return object(type, indent);
    throw new Error(`Cannot write a type: ${checker.typeToString(type)} is none of data`);
  }

  /** `?` says already that a field may be undefined. */
  function union(type: ts.UnionType, indent: string, optional = false): string {
    const solid = checker.getNonNullableType(type);
    const absent = type.types.filter(({ flags }) => flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined));
    if (absent.length > 0) {
      const said = absent.filter(({ flags }) => !optional || flags & ts.TypeFlags.Null);
      return [inUnion(solid, indent), ...said.map((part) => write(part, indent))].join(' | ');
    }
    const isBoolean = type.types.filter(({ flags }) => flags & ts.TypeFlags.BooleanLiteral).length === 2;
    const parts = type.types
      .filter(({ flags }) => !isBoolean || !(flags & ts.TypeFlags.BooleanLiteral))
      .map((part) => inUnion(part, indent));
    if (isBoolean) parts.push('boolean');
    return parts.join(' | ');
  }

  function inUnion(type: ts.Type, indent: string): string {
    const text = write(type, indent);
    return type.isIntersection() && !names.has(type) ? `(${text})` : text;
  }

  function object(type: ts.Type, indent: string): string {
    if (checker.isArrayType(type) || checker.isTupleType(type)) return list(type, indent);
    if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0) {
      throw new Error(`Cannot write a type: ${checker.typeToString(type)} is a function`);
    }
    const deeper = `${indent}  `;
    const lines: string[] = [];
    for (const { keyType, type: value, isReadonly } of checker.getIndexInfosOfType(type)) {
      lines.push(`${isReadonly ? 'readonly ' : ''}[key: ${write(keyType, deeper)}]: ${write(value, deeper)};`);
    }
    for (const property of checker.getPropertiesOfType(type)) {
      lines.push(...writtenComment(wordsOf(property, checker)), member(property, deeper));
    }
    if (lines.length === 0) return '{}';
    return `{\n${lines.map((line) => deeper + line).join('\n')}\n${indent}}`;
  }

  function member(property: ts.Symbol, indent: string): string {
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    const type = checker.getTypeOfSymbol(property);
    const name = /^([A-Za-z_$][\w$]*|\d+)$/.test(property.name) ? property.name : quoted(property.name);
    const text = type.isUnion() && !names.has(type) ? union(type, indent, optional) : write(type, indent);
    return `${isConstant ? 'readonly ' : ''}${name}${optional ? '?' : ''}: ${text};`;
  }

  function list(type: ts.Type, indent: string): string {
    // as: arrays and tuples are references to their generic types
    const reference = type as ts.TypeReference;
    const parts = checker.getTypeArguments(reference).map((part) => write(part, indent));
    const { symbol } = type;
    const isReadonly =
      symbol?.name === 'ReadonlyArray' || (checker.isTupleType(type) && (reference.target as ts.TupleType).readonly); // as: it is a tuple's
    const prefix = isReadonly ? 'readonly ' : '';
    if (checker.isTupleType(type)) return `${prefix}[${parts.join(', ')}]`;
    const [element = 'unknown'] = parts;
    const [argument] = checker.getTypeArguments(reference);
    const isOneWord = /^[\w$]+$/.test(element) || (argument !== undefined && isPlainObject(argument));
    return `${prefix}${isOneWord ? element : `(${element})`}[]`;
  }

  return {
    write,
    writeWhole: (type) => unnamed(type, ''),
    writeConstant(type) {
      isConstant = true;
      const text = unnamed(type, '');
      isConstant = false;
      return text;
    },
  };
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
