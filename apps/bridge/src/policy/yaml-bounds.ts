/** No policy nests deeper. The parser calls itself for each level, and V8 may abort when its stack ends in a RegExp. */
const MAX_INDENT = 60;
const MAX_MARKS_OF_LINE = 20;
const MAX_BRACKETS = 200;

/** Where a text asks too much of a YAML parser, and what to do instead; undefined when it may have it. */
export function beyondBounds(text: string): { offset: number; reason: string } | undefined {
  let offset = 0;
  let brackets = 0;
  for (const line of text.split('\n')) {
    const content = line.trim();
    if (content.startsWith('%')) return { offset, reason: 'directives (%) are not read: remove this line' };
    if (content !== '' && !content.startsWith('#')) {
      const indent = /^[\s?:-]*/.exec(line)?.[0].length ?? 0;
      const marks = line.split(/\s+/).filter((word) => word === '-' || word === '?' || word === ':').length;
      brackets += line.split(/[[{]/).length - 1;
      if (indent > MAX_INDENT || marks > MAX_MARKS_OF_LINE || brackets > MAX_BRACKETS) {
        return { offset, reason: 'this is nested too deeply: a policy has settings, and at most one level below them' };
      }
    }
    offset += line.length + 1;
  }
  return undefined;
}
