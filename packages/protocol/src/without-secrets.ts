const CENSORED = '[redacted]';

/** A JWT or the beginning of one, an API key, a proxy's token, and whatever is sent as a bearer or basic credential. */
const SECRET_LOOK = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}|c2[lp]_[\w-]+|\b([Bb]earer|[Bb]asic)([ .])[\w.~+/=-]{16,}/g;

/** The text without what looks like a token, a key or a credential, wherever it stands in it. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET_LOOK, (_match, scheme?: string, gap?: string) =>
    scheme === undefined ? CENSORED : `${scheme}${gap}${CENSORED}`,
  );
}
