const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(-[0-9A-Za-z.-]{1,40})?$/;

/**
 * The version that the relay tells, when it is a release newer than this program's own; undefined for an older or the
 * same one, for a preview, and for what is no version: the relay is not trusted with a terminal.
 */
export function newerVersion(told: string | undefined, own: string): string | undefined {
  const theirs = VERSION.exec(told ?? '');
  const ours = VERSION.exec(own);
  if (!theirs || !ours || theirs[4] !== undefined) return undefined;
  for (const part of [1, 2, 3]) {
    const difference = Number(theirs[part]) - Number(ours[part]);
    if (difference !== 0) return difference > 0 ? theirs[0] : undefined;
  }
  return ours[4] === undefined ? undefined : theirs[0]; // a preview of it is older than the release
}
