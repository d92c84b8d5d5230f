import { homedir, hostname, userInfo } from 'node:os';
import { withoutSecrets } from '@cloudtolocalllm/protocol';

/** What says who somebody is by its looks alone. */
const PEOPLE: readonly (readonly [look: RegExp, instead: string])[] = [
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, '[e-mail]'],
  [/\b(?:auth0|google-oauth2|github|oidc|windowslive|samlp)\|[\w.@|-]+/g, '[user]'],
];
/** Shorter ones would be found by chance. */
const MIN_CHARACTERS = 4;

/** Takes out of texts what nobody else should read: the secrets that are known, what looks like one, and who somebody is. */
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
    clean = withoutSecrets(clean);
    for (const [look, instead] of PEOPLE) clean = clean.replaceAll(look, instead);
    return clean;
  };
}
