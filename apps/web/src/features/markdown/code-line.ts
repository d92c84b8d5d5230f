export const CODE_COLOURS = ['keyword', 'string', 'number', 'comment', 'function', 'type'] as const;
export type CodeColour = (typeof CODE_COLOURS)[number];

/** A piece of a line in one colour; without one it is ink. `at` is its place in the line. */
export type CodeToken = { at: number; text: string; colour?: CodeColour };

/** `length` without the line's end. */
export type CodeLine = { length: number; tokens: readonly CodeToken[] };
