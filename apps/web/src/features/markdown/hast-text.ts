/** What of an element of a page's tree (hast) this file looks at. */
export type HastNode = {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: readonly HastNode[];
};

/** The text inside, as it would be read. */
export function textOf(node: HastNode | undefined): string {
  if (node === undefined) return '';
  return node.value ?? (node.children ?? []).map(textOf).join('');
}

export function hasClass(node: HastNode | undefined, name: string): boolean {
  const classes = node?.properties?.['className'];
  return Array.isArray(classes) && classes.includes(name);
}

/** The language that a fence named. */
export function languageIn(node: HastNode | undefined): string {
  const classes = node?.properties?.['className'];
  const named = Array.isArray(classes) ? classes.find((one) => String(one).startsWith('language-')) : undefined;
  return named === undefined ? '' : String(named).slice('language-'.length);
}
