/** What a link of a message may lead to. Everything else is shown as the text it is. */
const PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);
/** Longer addresses are not for people, and cost time to draw. */
const MAX_URL_CHARACTERS = 2_000;

export type SafeUrl = {
  href: string;
  /** Where it really leads: a host in ASCII, or an address of mail. */
  target: string;
};

/** A whole address of the web or of mail; undefined for anything that could do more than lead there. */
export function safeUrl(url: string | undefined): SafeUrl | undefined {
  if (url === undefined || url.length > MAX_URL_CHARACTERS || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (!PROTOCOLS.has(parsed.protocol)) return undefined;
  if (parsed.protocol === 'mailto:') {
    const target = parsed.pathname;
    return target === '' ? undefined : { href: `mailto:${target}`, target };
  }
  if (parsed.hostname === '') return undefined;
  // Names and passwords in addresses are there to make them look like others.
  parsed.username = '';
  parsed.password = '';
  return { href: parsed.href, target: parsed.host };
}

/** Whether a link's own words say where it leads. */
export function saysTarget(words: string, { href, target }: SafeUrl): boolean {
  const said = words.trim();
  if (said === target || said === href) return true;
  const url = safeUrl(said) ?? safeUrl(`https://${said}`);
  return url?.target === target && !/\s/.test(said);
}
