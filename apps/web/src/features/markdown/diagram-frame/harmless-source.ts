/** A tag that isn't one of the few that labels are written with; `<<interface>>` is no tag. */
const TAG = /(?<!<)<(?=[a-z/!?])(?!\/?(?:br|b|i|u|em|strong|sub|sup|small)\s*\/?>)/gi;
/** In CSS, and in the properties of a node: what would be fetched. */
const ADDRESS = /url\s*\(/gi;
const IMPORT = /@(?=import)/gi;
const PICTURE = /\b(?:img|icon)\s*:\s*(?:"[^"]*"|'[^']*'|[^,}\n]*)/gi;
const PROPERTIES = /@\{[^}]*\}/g;

/** Where a press on a node would lead: nothing in the frame can be pressed, and menus bring handlers in markup along. */
const PRESS = /^[ \t]*(?:(?:click|callback)[ \t]+\S+[ \t]|links?[ \t]+[^:\n]+:|link[ \t]+\S+[ \t]+").*$/gm;

/**
 * A diagram's source without what would be fetched or run. The frame's policy refuses that anyway; this is so that it
 * has nothing to refuse, and that a label says what was written.
 */
export function harmlessSource(source: string): string {
  return source
    .replaceAll(PRESS, '')
    .replaceAll(TAG, '‹')
    .replaceAll(ADDRESS, 'url (')
    .replaceAll(IMPORT, '@ ')
    .replaceAll(PROPERTIES, (properties) => properties.replaceAll(PICTURE, 'label: ""'));
}
