/** What of a tree of Markdown this file looks at (mdast). */
type Node = { type: string; value?: string; children?: Node[] };

/** Deeper than anyone writes; every level costs a frame of the stack, later one of layout. */
const MAX_DEPTH = 40;
/** Each becomes an element at least. */
const MAX_NODES = 20_000;
const LINE_BREAK = /^<br\s*\/?>$/i;

/** Thrown for a tree that would make the page slow; the text is then shown as it is. */
export class TooMuchMarkdown extends Error {
  override readonly name = 'TooMuchMarkdown';
}

/** Refuses monstrous trees, and takes the one piece of HTML that models write in tables for what it means: a new line. */
export function limitTree() {
  return (root: Node): void => {
    const waiting: [Node, number][] = [[root, 0]];
    let nodes = 0;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [node, depth] = next;
      nodes += 1;
      if (depth > MAX_DEPTH || nodes > MAX_NODES) throw new TooMuchMarkdown('too deep or too large');
      if (node.type === 'html' && LINE_BREAK.test(node.value ?? '')) node.type = 'break';
      for (const child of node.children ?? []) waiting.push([child, depth + 1]);
    }
  };
}
