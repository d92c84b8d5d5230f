const QUOTE = '"';

/**
 * The names of a JSON object's own fields, each as often as it is there: of two with the same name JSON.parse shows the
 * last, and other readers may take the first. The text must be valid JSON.
 */
export function fieldNames(json: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let isName = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
      case '[':
        depth++;
        isName = depth === 1;
        break;
      case '}':
      case ']':
        depth--;
        break;
      case ',':
        isName = depth === 1;
        break;
      case QUOTE: {
        const end = endOfString(json, at);
        if (isName) names.push(JSON.parse(json.slice(at, end + 1)) as string); // as: it stands in quotes
        isName = false;
        at = end;
      }
    }
  }
  return names;
}

/** Where the quote is that closes the one at `start`. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf(QUOTE, start + 1); end > 0; end = json.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (json[end - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return end;
  }
  return json.length;
}
