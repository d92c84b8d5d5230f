import { MAX_BLOCKS, splitBlocks, type Block } from './blocks.ts';

/** A message and the blocks it is made of. */
export type SplitMessage = { text: string; blocks: readonly Block[] };

export const EMPTY_MESSAGE: SplitMessage = { text: '', blocks: [] };

/**
 * The blocks of a message that may have grown: those before its end are the same objects again. The last two are read
 * anew, for the line that was cut off may go on with the block before it.
 */
export function growBlocks(before: SplitMessage, text: string): SplitMessage {
  if (text === before.text) return before;
  const kept = text.startsWith(before.text) ? before.blocks.slice(0, -2) : [];
  const next = before.blocks[kept.length];
  const blocks = [...kept, ...splitBlocks(text, next?.start, MAX_BLOCKS - kept.length)];
  const old = new Map(before.blocks.slice(kept.length).map((block) => [block.start, block]));
  return { text, blocks: blocks.map((block) => sameOr(old.get(block.start), block)) };
}

function sameOr(old: Block | undefined, block: Block): Block {
  const isSame =
    old !== undefined &&
    old.kind === block.kind &&
    old.text === block.text &&
    (old.kind !== 'code' || (block.kind === 'code' && old.isOpen === block.isOpen && old.language === block.language));
  return isSame ? old : block;
}
