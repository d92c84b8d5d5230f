import ts from 'typescript';
import { wordsOf, writtenComment } from './comments.ts';
import { typeWriter } from './written-type.ts';

export const PROTOCOL = '@cloudtolocalllm/protocol';

/** What a file of the SDK imports of the protocol, over all files of a program. */
function importedNames(program: ts.Program): Set<string> {
  const names = new Set<string>();
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile) continue;
    for (const statement of file.statements) {
      const isOfProtocol =
        (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) &&
        statement.moduleSpecifier !== undefined &&
        ts.isStringLiteral(statement.moduleSpecifier) &&
        statement.moduleSpecifier.text === PROTOCOL;
      if (!isOfProtocol) continue;
      const bindings = ts.isImportDeclaration(statement)
        ? statement.importClause?.namedBindings
        : statement.exportClause;
      if (bindings === undefined || ts.isNamespaceImport(bindings) || ts.isNamespaceExport(bindings)) {
        throw new Error(`Cannot write the protocol's types: ${file.fileName} imports all of it; name what it needs`);
      }
      for (const element of bindings.elements) names.add((element.propertyName ?? element.name).text);
    }
  }
  return names;
}

/**
 * The protocol's types that a program imports, and those that are inside of them, as declarations that stand alone: no
 * schemas, no zod. Values, such as tables of codes, are declared with their types.
 */
export function writeProtocolTypes(program: ts.Program): string {
  const checker = program.getTypeChecker();
  const wanted = importedNames(program);
  const exported = exportsOfProtocol(program, checker);

  const names = new Map<ts.Type, string>();
  for (const [name, symbol] of exported) {
    if (!(symbol.flags & ts.SymbolFlags.TypeAlias)) continue;
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    if (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Union) && !names.has(type)) names.set(type, name);
  }

  const texts = new Map<string, string>();
  const plain = typeWriter(checker, names, new Map(), () => {});
  for (const [type, name] of names) if (checker.getPropertiesOfType(type).length > 1) texts.set(textOf(type), name);
  const writer = typeWriter(checker, names, texts, (name) => wanted.add(name));
  const declarations: string[] = [];
  // A set hands out what is added while it is walked: what is inside of what is wanted comes too.
  for (const name of wanted) {
    const symbol = exported.get(name);
    if (symbol === undefined) throw new Error(`Cannot write the protocol's types: it exports no ${name}`);
    const schema = exported.get(name[0]?.toLowerCase() + name.slice(1));
    const words = wordsOf(symbol, checker) || (schema === undefined ? '' : wordsOf(schema, checker));
    declarations.push([...writtenComment(words), declaration(name, symbol)].join('\n'));
  }
  return `${declarations.join('\n\n')}\n`;

  function textOf(type: ts.Type): string {
    try {
      return plain.writeWhole(type);
    } catch {
      // What is no data can't be meant by data.
      return '';
    }
  }

  function declaration(name: string, symbol: ts.Symbol): string {
    if (symbol.flags & ts.SymbolFlags.Variable) {
      return `export declare const ${name}: ${writer.writeConstant(checker.getTypeOfSymbol(symbol))};`;
    }
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const known = names.get(type);
    // Two names of one type: the second is another name of the first.
    const text = known === undefined || known === name ? writer.writeWhole(type) : writer.write(type, '');
    return `export type ${name} = ${text};`;
  }
}

function exportsOfProtocol(program: ts.Program, checker: ts.TypeChecker): Map<string, ts.Symbol> {
  const file = program.getSourceFiles().find(({ fileName }) => fileName.endsWith('packages/protocol/src/index.ts'));
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`Cannot write the protocol's types: the program has no ${PROTOCOL}`);
  return new Map(
    checker
      .getExportsOfModule(module)
      .map((symbol) => [symbol.name, symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol]),
  );
}
