/** What Ollama calls the tokens that it generated, at the top of an answer's last object. */
const OF_OLLAMA = 'eval_count';
/** The same in the `usage` of OpenAI's chat, Anthropic and OpenAI's responses. Prompt tokens have other names. */
const OF_USAGE: ReadonlySet<string> = new Set(['completion_tokens', 'output_tokens']);
/** The name of an object, before its brace. */
const NAME_BEFORE = /"([^"\\]{1,40})"\s*:\s*$/;
const NUMBER_BEHIND = /^\s*:\s*(\d{1,12})\b/;
const LONGEST_NAME = 64;

/**
 * The number of tokens that an engine says in a JSON object, of which `text` is the end: what is before may be missing.
 * Undefined without one. It is read from the end, where it is known how deep a name lies: what callers make an engine
 * repeat (a tool call's arguments, metadata) lies elsewhere and may have the same names.
 */
export function engineNumber(text: string): number | undefined {
  let depth = 0;
  /** Found inside of objects whose names are still to come, innermost first. */
  let found: { number: number; depth: number; within: string[] } | undefined;
  for (let at = text.length - 1; at >= 0; at--) {
    switch (text[at]) {
      case '}':
      case ']':
        depth++;
        break;
      case '{':
      case '[':
        if (found?.depth === depth) {
          const name = NAME_BEFORE.exec(text.slice(Math.max(0, at - LONGEST_NAME), at))?.[1];
          if (name !== found.within.shift()) found = undefined;
          else if (found.within.length === 0) return found.number;
          else found.depth--;
        }
        if (--depth === 0) return undefined;
        break;
      case '"': {
        const end = at;
        at = openingQuote(text, end);
        if (depth < 1 || depth > 3 || found !== undefined) break;
        const name = text.slice(at + 1, end);
        if (depth === 1 ? name !== OF_OLLAMA : !OF_USAGE.has(name)) break;
        const digits = NUMBER_BEHIND.exec(text.slice(end + 1, end + 1 + LONGEST_NAME))?.[1];
        if (digits === undefined) break;
        if (depth === 1) return Number(digits);
        found = { number: Number(digits), depth, within: depth === 2 ? ['usage'] : ['usage', 'response'] };
        break;
      }
    }
  }
  // The event that ends OpenAI's responses has the whole response in it: its name may be far before.
  return found?.within[0] === 'response' ? found.number : undefined;
}

/** Of the string that is closed at `end`; before the text when it begins there. */
function openingQuote(text: string, end: number): number {
  for (let at = text.lastIndexOf('"', end - 1); at >= 0; at = at === 0 ? -1 : text.lastIndexOf('"', at - 1)) {
    let first = at;
    while (first > 0 && text[first - 1] === '\\') first--;
    if ((at - first) % 2 === 0) return at;
  }
  return -1;
}
