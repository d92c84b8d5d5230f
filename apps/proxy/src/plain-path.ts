/** A parent, an empty segment, or a slash in disguise: what a server behind could read as another path. */
const TRICKS = /\/\.{0,2}(?=\/)|\/\.{1,2}$|\\|%2e|%2f|%5c/i;
/** The path of one model, whose name OpenAI's clients encode whole. */
const ONE_MODEL = '/v1/models/';

/** The path without its query; undefined when it could be read as another one than it is. */
export function plainPath(target: string): string | undefined {
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  const read = path.startsWith(ONE_MODEL) ? path.replaceAll(/%2f/gi, '/') : path;
  return path.startsWith('/') && !TRICKS.test(read) ? path : undefined;
}

/** Whether one of the patterns stands for this path: the same, or one that ends in `*` and begins so. */
export function matchesAny(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => {
    return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
  });
}
