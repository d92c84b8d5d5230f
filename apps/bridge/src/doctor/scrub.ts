import { homedir, hostname, userInfo } from 'node:os';

/** What is a secret, or says who somebody is, by its looks alone. */
const LOOKS: readonly (readonly [RegExp, string])[] = [
  [/eyJ[\w-]{10,}\.[\w-]*(?:\.[\w-]*)?/g, '[token]'],
  [/\bc2[lp]_[\w-]+/g, '[key]'],
  [/\b(bearer[ .]|basic )[\w.~+/=-]{4,}/gi, '$1[token]'],
  [/\b(sk|pk|hf|ghp|xox[bp])[-_][\w-]{8,}/g, '[key]'],
  [/([?&#](?:token|code|key|password|secret|access_token|refresh_token)=)[^&\s"']+/gi, '$1[secret]'],
  [/("(?:[\w-]*(?:token|password|secret|api_?key|authorization))"\s*:\s*)"[^"]*"/gi, '$1"[secret]"'],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@"']{1,500}@/gi, '$1[secret]@'],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, '[e-mail]'],
  [/\b(?:auth0|google-oauth2|github|oidc|windowslive|samlp)\|[\w.@|-]+/g, '[user]'],
];
/** Shorter ones would be found by chance. */
const MIN_CHARACTERS = 4;

/** Takes out of texts what nobody else should read: the secrets that are known, and what looks like one. */
export function scrubber(known: Readonly<Record<string, readonly (string | undefined)[]>>): (text: string) => string {
  const needles = Object.entries({
    ...known,
    '~': [homedir()],
    '[computer]': [hostname()],
    '[person]': [userInfo().username],
  })
    .flatMap(([instead, secrets]) => secrets.map((secret) => [secret ?? '', instead] as const))
    .filter(([secret, instead]) => secret.length >= (instead === '[person]' ? MIN_CHARACTERS + 1 : MIN_CHARACTERS))
    // A longer one may hold a shorter one.
    .toSorted(([a], [b]) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const [secret, instead] of needles) {
      for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
        clean = clean.replaceAll(form, instead);
      }
    }
    for (const [look, instead] of LOOKS) clean = clean.replaceAll(look, instead);
    return clean;
  };
}
