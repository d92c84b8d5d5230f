import { basename } from 'node:path';
import ts from 'typescript';
import { createProgram, requireNoProblems } from './compiler.ts';
import { PROTOCOL, writeProtocolTypes } from './protocol-types.ts';

/** One declaration at the top of a file. */
type Declaration = {
  name: string;
  file: string;
  text: string;
  references: readonly string[];
  /** Of a function: the type of what it returns. */
  returns?: string;
};

/** The declarations of the SDK, whose entry this is, as one file that imports nothing. */
export function writeDeclarations(entry: string): string {
  const protocol = writeProtocolTypes(createProgram([entry]));
  const program = createProgram([entry], new Map([[PROTOCOL, protocol]]), {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
  });
  requireNoProblems(program);
  const texts = new Map<string, string>();
  program.emit(undefined, (path, text) => texts.set(basename(path), withPlainParameters(text)));
  texts.set('protocol.d.ts', protocol);

  const declarations = new Map<string, Declaration>();
  for (const [file, text] of texts) {
    for (const declaration of declarationsOf(file, text)) {
      const other = declarations.get(declaration.name);
      if (other !== undefined) {
        throw new Error(`Cannot join the declarations: ${other.file} and ${file} both have a ${declaration.name}`);
      }
      declarations.set(declaration.name, declaration);
    }
  }
  for (const declaration of declarations.values()) withoutReturnType(declaration, declarations);
  const exported = exportedNames(program, entry);
  const missing = exported.filter((name) => !declarations.has(name));
  if (missing.length > 0) throw new Error(`Cannot join the declarations: there is no ${missing.join(', ')}`);

  // What is not exported and needed by what is, comes along unexported. The set grows while it is walked.
  const needed = new Set(exported);
  for (const name of needed) {
    for (const reference of declarations.get(name)?.references ?? [])
      if (declarations.has(reference)) needed.add(reference);
  }
  const isExported = new Set(exported);
  const parts = [...declarations.values()]
    .filter(({ name }) => needed.has(name))
    .map(({ name, text }) => withModifiers(text, isExported.has(name)));
  return `${parts.join('\n\n')}\n\nexport {};\n`;
}

/** `{ signal, ...query }?: Options` says how a parameter is taken apart inside; outside it is `options?: Options`. */
function withPlainParameters(text: string): string {
  const source = ts.createSourceFile('part.d.ts', text, ts.ScriptTarget.ES2022, true);
  const patterns: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isParameter(node) && ts.isObjectBindingPattern(node.name)) patterns.push(node.name);
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return patterns.reduceRight(
    (all, node) => `${all.slice(0, node.getStart())}options${all.slice(node.getEnd())}`,
    text,
  );
}

/** `ReturnType<typeof messageCalls>` becomes what it stands for: people see the calls, not how they are made. */
function withoutReturnType(declaration: Declaration, all: ReadonlyMap<string, Declaration>): void {
  const [whole = '', name = ''] = /ReturnType<typeof (\w+)>/.exec(declaration.text) ?? [];
  const { returns } = all.get(name) ?? {};
  if (returns === undefined) return;
  declaration.text = declaration.text.replace(whole, () => returns);
  const [statement] = ts.createSourceFile('part.d.ts', declaration.text, ts.ScriptTarget.ES2022, true).statements;
  if (statement !== undefined) declaration.references = referencesOf(statement);
}

function exportedNames(program: ts.Program, entry: string): string[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`Cannot join the declarations: ${entry} exports nothing`);
  return checker.getExportsOfModule(module).map(({ name }) => name);
}

function declarationsOf(file: string, text: string): Declaration[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: Declaration[] = [];
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) continue;
    const name = nameOf(statement);
    if (name === undefined) throw new Error(`Cannot join the declarations: ${file} has ${statement.getText()}`);
    const returns = ts.isFunctionDeclaration(statement) ? statement.type?.getText() : undefined;
    found.push({ name, file, text: statement.getFullText().trim(), references: referencesOf(statement), returns });
  }
  return found;
}

function nameOf(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) {
    const [declaration, more] = statement.declarationList.declarations;
    return more === undefined ? declaration?.name.getText() : undefined;
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement);
  return isNamed ? statement.name?.text : undefined;
}

/** The names of types, values and parents that a declaration uses. */
function referencesOf(statement: ts.Statement): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportTypeNode(node)) {
      throw new Error(`Cannot join the declarations: give ${nameOf(statement)} a written type for ${node.getText()}`);
    }
    if (ts.isTypeReferenceNode(node)) names.push(node.typeName.getText());
    if (ts.isTypeQueryNode(node)) names.push(node.exprName.getText());
    if (ts.isExpressionWithTypeArguments(node)) names.push(node.expression.getText());
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return names;
}

/** The declaration, exported or not; comments in front of it stay. */
function withModifiers(text: string, isExported: boolean): string {
  const source = ts.createSourceFile('part.d.ts', text, ts.ScriptTarget.ES2022, true);
  const [statement] = source.statements;
  if (statement === undefined) return text;
  const start = statement.getStart(source, false);
  const bare = text.slice(start).replace(/^(export\s+)?(declare\s+)?/, '');
  const isType = ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement);
  return `${text.slice(0, start)}${isExported ? 'export ' : ''}${isType ? '' : 'declare '}${bare}`;
}
