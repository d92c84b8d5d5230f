const CENSORED = '[redacted]';

/** Where a word begins; in a line of JSON, also behind an escape such as \n. */
const START = String.raw`(?<!\w(?<!\\[bfnrt]))`;
/** A string of JSON, and one that stands within another. */
const STRING = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const INNER_STRING = String.raw`\\"(?:[^"\\]|\\\\(?:\\["\\]|[^"\\])|\\[^"\\])*\\"`;
/** Whatever comes before, what ends like this is the name of a secret. */
const NAME_END = 'token|password|passphrase|secret|api[_-]?key|authorization|private_?key|cookie';
/** These are it as a whole. */
const NAME = 'cookies|sec-websocket-protocol|id_token_hint|device_?code|user_?code|code_?verifier';
const JSON_NAME = `(?:[\\w-]{0,64}(?:${NAME_END})|${NAME})`;
/** The value of a parameter. It ends with an apostrophe, unless that is amid a word. */
const VALUE = String.raw`(?:(?!%26|%23)[^&\s"'\\#<>]|'(?=\w))+`;

/** What is a secret by its looks or its name. Each takes a time in proportion to the text, whoever made that. */
const RULES: readonly (readonly [look: RegExp, left: string])[] = [
  // Fields of JSON; a browser's token is in sec-websocket-protocol.
  [new RegExp(String.raw`("${JSON_NAME}"\s*:\s*)(?:${STRING}|\[(?:${STRING},?)*\])`, 'gi'), `$1"${CENSORED}"`],
  [
    new RegExp(String.raw`(\\"${JSON_NAME}\\"\s*:\s*)(?:${INNER_STRING}|\[(?:${INNER_STRING},?)*\])`, 'gi'),
    `$1\\"${CENSORED}\\"`,
  ],
  // A JWT or the beginning of one, an encrypted one too; an API key, a proxy's token.
  [/eyJ[\w-]{8,}(?:\.[\w-]*){0,4}|c2[lp]_[\w-]+/g, CENSORED],
  // Headers: after these names anything is a credential.
  [
    /(authorization(?:\\?["'])?\s{0,4}[:=]\s{0,4}(?:\\?["'])?(?:bearer|basic|token|digest|negotiate|apikey)\s{1,4})[^\s"'\\,]+/gi,
    `$1${CENSORED}`,
  ],
  [/(x-api-key\s{0,4}[:=]\s{0,4})[^\s"'\\,]+/gi, `$1${CENSORED}`],
  // Elsewhere what is long, or not a word: "basic authentication" is none.
  [
    new RegExp(
      String.raw`${START}([Bb]earer|BEARER|[Bb]asic|BASIC)([ .])(?:[\w.~+/=-]{16,}|` +
        String.raw`(?<=earer.|EARER.)(?=[\w.~+/=-]{0,15}[\d=~+]|[a-zA-Z]{1,14}[A-Z])[\w.~+/=-]{8,}|` +
        String.raw`(?=[\w+/]{0,15}[\d=]|[a-zA-Z]{1,14}[A-Z])(?:[\w+/]{4}){1,3}[\w+/]{2}[\w+/=]{2}(?![\w.~+/=-]))`,
      'g',
    ),
    `$1$2${CENSORED}`,
  ],
  // The keys of other services.
  [
    new RegExp(
      String.raw`${START}(?:sk-(?:(?=[\w-]{0,99}\d)[\w-]{8,}|[A-Za-z]{30,})|` +
        String.raw`(?:sk|pk|hf|gsk|xai|nvapi|glpat|gh[opusr]|github_pat|xox[abeoprs])[-_](?:(?=[\w-]{0,99}\d)[\w-]{16,}|[A-Za-z]{30,})|` +
        String.raw`AIza[\w-]{35}|AKIA[A-Z\d]{16}(?![\w-]))`,
      'g',
    ),
    CENSORED,
  ],
  // Parameters of an address, which may stand in another one; of a form or the environment, by names that only a secret has.
  [
    new RegExp(
      String.raw`((?:[?&#]|%3f|%26|%23)(?:[\w-]{0,64}(?:${NAME_END})|${NAME}|code|key)(?:=|%3d))${VALUE}`,
      'gi',
    ),
    `$1${CENSORED}`,
  ],
  [
    new RegExp(
      String.raw`((?:access_token|refresh_token|id_token|password|passphrase|secret|api_?key|device_code|user_code|code_verifier)=)${VALUE}`,
      'gi',
    ),
    `$1${CENSORED}`,
  ],
  // Name and password in an address, up to the last @ before its path.
  [/(\/\/)[^\s/?#"\\]{1,500}@/g, `$1${CENSORED}@`],
  // What a person confirms for a device (RFC 8628, 6.1).
  [new RegExp(String.raw`(?<!-)${START}[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}(?![\w-])`, 'g'), CENSORED],
];

/** The text without what looks like a token, a key or a credential, wherever it stands in it. A line of JSON stays JSON. */
export function withoutSecrets(text: string): string {
  let clean = text;
  for (const [look, left] of RULES) clean = clean.replace(look, left);
  return clean;
}
