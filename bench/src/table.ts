import { reached, type Goal, type Row } from './row.ts';

const HEADINGS = ['', 'direct', 'relay + bridge', 'unit', 'ratio', 'goal', ''];
/** Columns of text; the others hold numbers and are aligned to the right. */
const TEXT = new Set([0, 3, 5, 6]);

/** The rows for a person to read. */
export function table(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(rowCells)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]!.length))); // all rows have all columns
  return cells
    .map((row) =>
      row
        .map((cell, column) => (TEXT.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function rowCells(row: Row): string[] {
  const verdict = reached(row);
  return [
    row.name,
    figure(row.direct),
    figure(row.value),
    row.unit,
    figure(row.ratio),
    row.goal ? goalText(row.goal) : '',
    verdict === undefined ? '' : verdict ? 'ok' : 'missed',
  ];
}

function goalText({ of, atMost, atLeast, aim }: Goal): string {
  const bound = atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`;
  return `${of} ${bound}${aim === undefined ? '' : ` (aim ${aim})`}`;
}

/** Three significant digits, no exponent. */
function figure(value: number | undefined): string {
  if (value === undefined) return '';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
