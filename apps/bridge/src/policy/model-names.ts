import { BridgeError } from '../bridge-error.ts';

/** No engine has longer names; a longer one is not looked at. */
export const MAX_MODEL_NAME = 300;
const MAX_PATTERN = 200;
/** A model's name as engines write it: also a path or a publisher's, never a control character or a quote. */
const PATTERN = /^[\p{L}\p{N}._~:@+/* -]+$/u;

/** Where Ollama looks when a name does not say it, and what newer versions call that place as well. */
const HOST = 'registry.ollama.ai/';
const SAME_HOST = 'ollama.com/';
const LIBRARY = 'library/';
/** Ollama reads these ends of a name as where the model runs. */
const SOURCES = [/:\s*(?:local|cloud)$/, /-cloud$/];
/** Newer versions of Ollama find a model by the beginning of its digest, behind the runner that is to run it, if one is named. */
const DIGEST = /^(?:[a-z._-]+:\s*)?(?:sha256[:-])?[0-9a-f]{12,64}(?::latest)?$/;

export interface ModelLists {
  allow: readonly string[];
  deny: readonly string[];
}

/** Whether a list says anything at all. */
export function narrows({ allow, deny }: ModelLists): boolean {
  return deny.length > 0 || !allow.includes('*');
}

/** Which names these lists let through: what `allow` names, without what `deny` names. */
export function modelFilter({ allow, deny }: ModelLists): (model: string) => boolean {
  const allowed = allow.map((text) => matcher(text));
  const denied = deny.map((text) => matcher(text));
  const isNarrow = narrows({ allow, deny });
  const exact = new Set(allow.filter((text) => !text.includes('*')).map((text) => fullName(text)));
  return (model) => {
    if (model.length > MAX_MODEL_NAME) return false;
    const written = fullName(model);
    // Nobody can say here which model that is.
    if (isNarrow && !exact.has(written) && readings(model).some((name) => DIGEST.test(name))) return false;
    if (!allowed.some((matches) => matches(written))) return false;
    // An engine may take several names for one model: none of them may be a denied one.
    return !readings(model).some((name) => denied.some((matches) => matches(name)));
  };
}

/** Throws BridgeError with what to write instead when a list can't have this entry. */
export function checkPattern(text: string): void {
  const wrong = (reason: string): BridgeError => new BridgeError('usage', reason);
  if (text === '') throw wrong('a model has no empty name: write one such as "llama3.2", or "*" for all');
  if (text.length > MAX_PATTERN) throw wrong(`a name has at most ${MAX_PATTERN} characters: shorten it with *`);
  if (text.trim() !== text) throw wrong(`"${text}" has spaces around it: remove them`);
  if (!PATTERN.test(text)) {
    throw wrong(`"${text}" is no model's name: write letters, digits and . _ : / @ + -, and * for anything`);
  }
}

/** Compares as Ollama does: case does not count, `llama3.2` is `llama3.2:latest` and `library/llama3.2`. */
function matcher(text: string): (name: string) => boolean {
  const lower = oneHost(text.toLowerCase());
  // A star may stand for the tag, too: "llama*" is every tag of them, "*cloud" every name that ends so.
  const patterns = lower.includes('*') ? [lower, withTag(lower)] : [withTag(lower)];
  const said = lower.startsWith(HOST) ? withHost : lower.startsWith(LIBRARY) ? withLibrary : undefined;
  return (name) => patterns.some((pattern) => matchesGlob(pattern, said?.(name) ?? name));
}

function readings(model: string): string[] {
  const name = model.trim().toLowerCase();
  const others = SOURCES.filter((source) => source.test(name)).map((source) => name.replace(source, ''));
  return [name, ...others].map((reading) => fullName(reading));
}

/** As short as it can be said, with its tag. */
function fullName(model: string): string {
  // Ollama takes whatever stands before the first "://" for a scheme, which says nothing of the model.
  const name = oneHost(
    model
      .trim()
      .toLowerCase()
      .replace(/^.*?:\/\//s, ''),
  );
  const within = name.startsWith(HOST) ? name.slice(HOST.length) : name;
  return withTag(within.startsWith(LIBRARY) ? within.slice(LIBRARY.length) : within);
}

function oneHost(name: string): string {
  return name.startsWith(SAME_HOST) ? HOST + name.slice(SAME_HOST.length) : name;
}

function withTag(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).includes(':') ? name : `${name}:latest`;
}

function withLibrary(name: string): string {
  return name.includes('/') ? name : `${LIBRARY}${name}`;
}

function withHost(name: string): string {
  const full = withLibrary(name);
  return full.split('/').length === 2 ? `${HOST}${full}` : full;
}

/** `*` is any number of characters. Takes time by both lengths and no more: names come from a relay. */
function matchesGlob(pattern: string, text: string): boolean {
  let [at, from, star, kept] = [0, 0, -1, 0];
  while (from < text.length) {
    if (pattern[at] === '*') [star, kept] = [at++, from];
    else if (at < pattern.length && pattern[at] === text[from]) [at, from] = [at + 1, from + 1];
    else if (star >= 0) [at, from] = [star + 1, ++kept];
    else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
