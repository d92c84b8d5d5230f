import { createContext } from 'react';

export type FootnoteNames = {
  /** By label, in lower case. */
  numbers: ReadonlyMap<string, number>;
  /** Makes the ids of one message its own. */
  idPrefix: string;
};

/** Undefined in a message without footnotes. */
export const FootnoteContext = createContext<FootnoteNames | undefined>(undefined);

export const noteId = (idPrefix: string, number: number): string => `${idPrefix}-note-${number}`;
export const referenceId = (idPrefix: string, number: number): string => `${idPrefix}-ref-${number}`;
