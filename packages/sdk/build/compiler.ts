import { dirname, join } from 'node:path';
import ts from 'typescript';

/** The repository's own settings, seen from a browser: what compiles so needs nothing of Node. */
const SETTINGS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: [
    'lib.es2023.d.ts',
    'lib.dom.d.ts',
    'lib.dom.iterable.d.ts',
    'lib.dom.asynciterable.d.ts',
    'lib.esnext.disposable.d.ts',
  ],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  noEmit: true,
};

/** A program of these files. `replacements`: a package's name, and what stands for its declarations. */
export function createProgram(
  files: readonly string[],
  replacements: ReadonlyMap<string, string> = new Map(),
  more: ts.CompilerOptions = {},
): ts.Program {
  const texts = new Map<string, string>();
  const paths: Record<string, string[]> = {};
  for (const [name, text] of replacements) {
    const path = join(dirname(files[0] ?? '.'), `${name.replaceAll(/\W/g, '-')}.d.ts`);
    texts.set(path, text);
    paths[name] = [path];
  }
  const options = { ...SETTINGS, ...more, ...(replacements.size > 0 && { paths }) };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  };
  return ts.createProgram(files, options, host);
}

/** @throws Error with what the compiler says, when it says something */
export function requireNoProblems(program: ts.Program): void {
  const problems = ts.getPreEmitDiagnostics(program);
  if (problems.length === 0) return;
  const words = ts.formatDiagnostics(problems, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  });
  throw new Error(`Cannot make the declarations: the sources do not compile\n${words}`);
}
