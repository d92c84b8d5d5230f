import type { YAMLError } from 'yaml';

type Code = YAMLError['code'];

/** What a person can do about a text that is no YAML; the parser's own words where they say more. */
const REASONS: Partial<Record<Code, string>> = {
  BAD_ALIAS: 'a name that begins with * has to be in quotes: write "*"',
  BAD_DIRECTIVE: 'directives (%) are not read: remove this line',
  BAD_SCALAR_START: 'a value can not begin with this character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'there are two ": " on one line: put the value in quotes',
  MISSING_CHAR: 'something is not closed or a colon is missing: write "setting: value", and close quotes',
  MULTIPLE_DOCS: 'a second document begins here: remove the line with ---',
  MULTILINE_IMPLICIT_KEY: 'a setting is not followed by a colon: write "setting: value"',
  NON_STRING_KEY: 'the name of a setting is a plain word: write "setting: value"',
  TAB_AS_INDENT: 'a tab indents this line: write two spaces',
  TAG_RESOLVE_FAILED: 'tags (!) are not read: write the value itself, in quotes if it begins with !',
};

/** The reason of one error of the parser, and what to write instead. */
export function yamlReason({ code, message }: YAMLError): string {
  if (code === 'BAD_INDENT') {
    return message.startsWith('Flow')
      ? 'a list or bracket is not closed: write ] or } at its end'
      : 'this line is not indented like the ones it belongs to: write two spaces for each level';
  }
  return REASONS[code] ?? `this is not YAML (${message.slice(0, 100)}): write "setting: value"`;
}
