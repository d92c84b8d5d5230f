/** A formula is searched for its end this far: an opening mark that was never meant as one costs little. */
const MAX_FORMULA_CHARACTERS = 5_000;
const MAX_SHORT_CHARACTERS = 1_000;
/** What may stand before a formula that has its lines for itself: quotes' and lists' marks. */
const LEAD = /^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?$/;
const FENCE = /^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})/;

/**
 * Marks formulas the one way that the parser knows: `$$…$$` in a line, `$$` lines around a display. Models write
 * `\(…\)`, `\[…\]` and `$…$` as well. A single dollar counts only where it can't be a price or a variable (as pandoc
 * has it); code stays as it is.
 */
export function markMath(text: string): string {
  if (!/\$|\\[([]/.test(text) || /^(?: {4}|\t)/.test(text)) return text;
  let out = '';
  let run = '';
  let fence: string | undefined;
  for (const line of text.split(/(?<=\n)/)) {
    const [, marker] = FENCE.exec(line) ?? [];
    if (fence === undefined && marker === undefined) run += line;
    else {
      out += markRun(run) + line;
      run = '';
      if (fence === undefined) fence = marker;
      else if (marker?.startsWith(fence)) fence = undefined;
    }
  }
  return out + markRun(run);
}

function markRun(text: string): string {
  let out = '';
  for (let at = 0; at < text.length;) {
    const found = text.charAt(at) === '`' ? codeSpan(text, at) : formulaAt(text, at);
    out += found?.out ?? text.charAt(at);
    at += found?.length ?? 1;
  }
  return out;
}

type Found = { out: string; length: number };

function codeSpan(text: string, at: number): Found {
  const mark = /^`+/.exec(text.slice(at, at + MAX_SHORT_CHARACTERS))?.[0] ?? '`';
  let end = at + mark.length;
  for (;;) {
    end = text.indexOf(mark, end);
    if (end === -1) return { out: mark, length: mark.length };
    const run = /^`+/.exec(text.slice(end, end + MAX_SHORT_CHARACTERS))?.[0] ?? mark;
    if (run === mark) break;
    end += run.length;
  }
  const out = text.slice(at, end + mark.length);
  return { out, length: out.length };
}

function formulaAt(text: string, at: number): Found | undefined {
  const pair = text.slice(at, at + 2);
  if (pair === '\\(') return between(text, at, '\\)', (formula) => inline(formula));
  if (pair === '\\[') return between(text, at, '\\]', (formula, end) => display(text, at, formula, end));
  if (pair.startsWith('\\')) return { out: pair, length: pair.length };
  if (pair === '$$') return dollars(text, at);
  return pair.startsWith('$') ? dollar(text, at) : undefined;
}

function between(
  text: string,
  at: number,
  mark: string,
  write: (formula: string, end: number) => string,
): Found | undefined {
  const close = endOf(text, mark, at);
  const formula = text.slice(at + 2, close);
  if (close === -1 || !isOnePiece(formula)) {
    return { out: text.slice(at, at + 2), length: 2 };
  }
  const end = close + mark.length;
  return { out: write(formula, end), length: end - at };
}

function endOf(text: string, mark: string, at: number): number {
  const close = text.slice(at + 2, at + MAX_FORMULA_CHARACTERS).indexOf(mark);
  return close === -1 ? -1 : at + 2 + close;
}

function dollars(text: string, at: number): Found {
  const isAlone = LEAD.test(lineBefore(text, at)) && /^[ \t]*\n/.test(text.slice(at + 2, at + MAX_SHORT_CHARACTERS));
  const close = endOf(text, '$$', at);
  const formula = text.slice(at + 2, close);
  if (close === -1 || !(isAlone || isOnePiece(formula))) {
    // A display that is still being written is one; anything else are dollars.
    return { out: isAlone ? '$$' : '\\$\\$', length: 2 };
  }
  return { out: display(text, at, formula, close + 2), length: close + 2 - at };
}

function dollar(text: string, at: number): Found | undefined {
  if (/[\s$]/.test(text.charAt(at + 1)) || /[\p{L}\p{N}$]/u.test(text.charAt(at - 1))) return undefined;
  const last = Math.min(text.length, at + MAX_SHORT_CHARACTERS);
  for (let end = at + 1; end < last; end += 1) {
    const character = text.charAt(end);
    if (character === '\\') end += 1;
    else if (character === '`') return undefined;
    else if (character === '$') {
      const formula = text.slice(at + 1, end);
      const closes = !/\s$/.test(formula) && !/[\p{L}\p{N}$]/u.test(text.charAt(end + 1));
      if (!closes || !isOnePiece(formula) || isMoney(formula)) return undefined;
      return { out: inline(formula), length: end + 1 - at };
    }
  }
  return undefined;
}

/** "5 per month or 10": a number and words, nothing that counts. */
function isMoney(formula: string): boolean {
  return /^\d/.test(formula) && /\s/.test(formula) && !/[\\^_=<>{}+*/-]/.test(formula);
}

/** No formula goes over a blank line. */
function isOnePiece(formula: string): boolean {
  return formula.trim() !== '' && !/\n[ \t>]*\n/.test(formula);
}

function inline(formula: string, before = ''): string {
  const line = before + formula.trim().replaceAll(/\s*\n[ \t>]*/g, ' ');
  const longest = Math.max(1, ...Array.from(line.matchAll(/\$+/g), ([run]) => run.length));
  const mark = '$'.repeat(longest + 1);
  const space = line.startsWith('$') || line.endsWith('$') ? ' ' : '';
  return mark + space + line + space + mark;
}

function display(text: string, at: number, formula: string, end: number): string {
  const lead = lineBefore(text, at);
  const isAlone = LEAD.test(lead) && /^[ \t]*(?:\n|$)/.test(text.slice(end, end + MAX_SHORT_CHARACTERS));
  if (!isAlone) return inline(formula, '\\displaystyle ');
  const prefix = lead.replaceAll(/[^>\t]/g, ' ');
  const lines = formula.split('\n').map((line) => line.replace(/^[ \t>]+/, '').trimEnd());
  return ['$$', ...lines.filter((line) => line !== ''), '$$'].join(`\n${prefix}`);
}

function lineBefore(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
}
