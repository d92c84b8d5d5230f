/** The first that fits counts: browsers call themselves by each other's names too. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** What a person would call a browser, such as "Firefox, Android"; undefined when it does not say. */
export function deviceName(userAgent: string | undefined): string | undefined {
  const find = (names: readonly [RegExp, string][]): string[] =>
    names.filter(([pattern]) => pattern.test(userAgent ?? '')).flatMap(([, name]) => name);
  const parts = [find(BROWSERS)[0], find(SYSTEMS)[0]].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}
