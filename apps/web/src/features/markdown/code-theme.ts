import type { ThemeRegistration } from 'shiki/core';
import { CODE_COLOURS, type CodeColour } from './code-line.ts';

/** Stands for a colour of ours: the theme needs values, the page has tokens (`text-code-…`). */
const valueOf = (colour: CodeColour): string => `#00000${CODE_COLOURS.indexOf(colour) + 1}`;
const INK = '#000000';

const COLOURS: ReadonlyMap<string, CodeColour> = new Map(CODE_COLOURS.map((colour) => [valueOf(colour), colour]));

export function colourOf(value: string | undefined): CodeColour | undefined {
  return value === undefined ? undefined : COLOURS.get(value.toLowerCase().slice(0, INK.length));
}

const SCOPES: Record<CodeColour, string[]> = {
  keyword: [
    'keyword',
    'storage',
    'variable.language',
    'entity.name.tag',
    'markup.heading',
    'punctuation.definition.directive',
    'entity.name.section',
  ],
  string: ['string', 'markup.inserted', 'markup.inline.raw', 'constant.other.symbol'],
  number: ['constant.numeric', 'constant.language', 'constant.character', 'constant.other.color', 'markup.deleted'],
  comment: ['comment', 'punctuation.definition.comment', 'string.quoted.docstring'],
  function: ['entity.name.function', 'support.function', 'meta.function-call entity.name.function'],
  type: [
    'entity.name.type',
    'entity.name.class',
    'entity.other.inherited-class',
    'support.type',
    'support.class',
    'entity.other.attribute-name',
    'variable.other.constant',
  ],
};

/** Six colours are enough to see what is what. */
export const codeTheme: ThemeRegistration = {
  name: 'quiet',
  type: 'light',
  colors: { 'editor.foreground': INK, 'editor.background': '#ffffff' },
  settings: [
    { settings: { foreground: INK, background: '#ffffff' } },
    // Operators and brackets are ink: what stands out are the words.
    ...CODE_COLOURS.map((colour) => ({ scope: SCOPES[colour], settings: { foreground: valueOf(colour) } })),
    {
      scope: ['keyword.operator', 'punctuation', 'meta.embedded', 'meta.template.expression', 'string variable'],
      settings: { foreground: INK },
    },
    { scope: ['keyword.operator.new', 'keyword.operator.expression'], settings: { foreground: valueOf('keyword') } },
    { scope: ['punctuation.definition.string'], settings: { foreground: valueOf('string') } },
    { scope: ['punctuation.definition.comment'], settings: { foreground: valueOf('comment') } },
  ],
};
