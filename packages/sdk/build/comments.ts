import ts from 'typescript';

/** What is said of a field or a type: its JSDoc, else the `description` of the schema that it comes from. */
export function wordsOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const words = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  if (words !== '') return words;
  for (const declaration of symbol.declarations ?? []) {
    if (ts.isPropertyAssignment(declaration) || ts.isVariableDeclaration(declaration)) {
      const description = describedBy(declaration.initializer);
      if (description !== undefined) return description;
    }
  }
  return '';
}

/** The description in `….meta({ description })` at the end of a chain of calls. */
function describedBy(expression: ts.Expression | undefined): string | undefined {
  if (expression === undefined || !ts.isCallExpression(expression)) return undefined;
  const { expression: callee, arguments: values } = expression;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const [meta] = values;
  if (callee.name.text === 'meta' && meta !== undefined && ts.isObjectLiteralExpression(meta)) {
    for (const property of meta.properties) {
      if (!ts.isPropertyAssignment(property) || property.name.getText() !== 'description') continue;
      const text = textOf(property.initializer);
      if (text !== undefined) return text;
    }
  }
  return describedBy(callee.expression);
}

function textOf(expression: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (!ts.isBinaryExpression(expression)) return undefined;
  const [left, right] = [textOf(expression.left), textOf(expression.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

/** JSDoc lines, without indentation. */
export function writtenComment(words: string): string[] {
  if (words === '') return [];
  const lines = words.replaceAll('*/', '*\\/').split('\n');
  if (lines.length === 1) return [`/** ${lines[0]} */`];
  return ['/**', ...lines.map((line) => ` * ${line}`.trimEnd()), ' */'];
}
