import { IMPORT_LIMITS, type ImportedMessage, ImportProblem } from './imported-conversation.ts';

/** A place in another program's tree. Without a message it is not shown there either, and what follows it moves up. */
export interface TreeNode {
  id: string;
  parent: string | null;
  message?: Omit<ImportedMessage, 'parent'> | undefined;
  /** What an answer that follows was reasoned by. */
  thinking?: string | undefined;
}

export interface MessageTree {
  messages: ImportedMessage[];
  current: number | undefined;
}

/**
 * Messages in an order in which each comes after the one that it follows: the file's, if that is one. A parent that is
 * not there counts as none.
 * @throws ImportProblem when messages follow each other in a circle or are too many.
 */
export function messageTree(nodes: readonly TreeNode[], currentId: string | undefined): MessageTree {
  if (nodes.length > IMPORT_LIMITS.messages) {
    throw new ImportProblem(`It has more than ${IMPORT_LIMITS.messages} messages.`);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  if (byId.size < nodes.length) throw new ImportProblem('Two of its messages have the same id.');
  const known = (id: string | null): string | null => (id !== null && byId.has(id) ? id : null);
  const children = Map.groupBy(nodes, ({ parent }) => known(parent));

  const kept: Kept[] = [];
  /** Node -> the nearest message at or above it. */
  const nearest = new Map<string, Kept | undefined>();
  const waiting: Waiting[] = (children.get(null) ?? [])
    .toReversed()
    .map((node) => ({ node, above: undefined, thinking: '' }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, above } = next;
    let own = above;
    let thinking = joined(next.thinking, node.thinking);
    if (node.message !== undefined) {
      own = { id: node.id, above, message: node.message };
      if (node.message.role === 'assistant' && thinking !== '') {
        own.message = { ...node.message, thinking: joined(thinking, node.message.thinking) };
      }
      thinking = '';
      kept.push(own);
    }
    nearest.set(node.id, own);
    for (const child of (children.get(node.id) ?? []).toReversed()) waiting.push({ node: child, above: own, thinking });
  }
  // What no first message leads to leads to itself.
  if (nearest.size < nodes.length) throw new ImportProblem('Its messages follow each other in a circle.');

  const ordered = inFileOrder(nodes, kept) ?? kept;
  const places = new Map(ordered.map(({ id }, place) => [id, place]));
  const placeOf = (message: Kept | undefined): number | undefined => message && places.get(message.id);
  return {
    messages: ordered.map(({ message, above }) => ({ ...message, parent: placeOf(above) ?? null })),
    current: placeOf(currentId === undefined ? undefined : nearest.get(currentId)) ?? lastPlace(ordered),
  };
}

interface Kept {
  id: string;
  above: Kept | undefined;
  message: Omit<ImportedMessage, 'parent'>;
}

interface Waiting {
  node: TreeNode;
  above: Kept | undefined;
  thinking: string;
}

/** Undefined when a message is in the file before the one that it follows. */
function inFileOrder(nodes: readonly TreeNode[], kept: readonly Kept[]): Kept[] | undefined {
  const places = new Map(nodes.map(({ id }, place) => [id, place]));
  const placeOf = ({ id }: Kept): number => places.get(id) ?? 0;
  if (kept.some((message) => message.above !== undefined && placeOf(message.above) > placeOf(message)))
    return undefined;
  return kept.toSorted((one, other) => placeOf(one) - placeOf(other));
}

function lastPlace(ordered: readonly unknown[]): number | undefined {
  return ordered.length === 0 ? undefined : ordered.length - 1;
}

function joined(...texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined && text !== '').join('\n\n');
}
