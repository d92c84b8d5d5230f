import type { TortureRow } from './torture.ts';

const HEAD = [
  'what happens',
  'bridge notices',
  'relay notices',
  'all well again',
  'answer goes on',
  'attempts',
  'CPU',
  'open files',
];

/** The rows as a table in Markdown. Times in seconds: noticing from the beginning, the rest from the end of what happens. */
export function tortureTable(rows: readonly TortureRow[]): string {
  const lines = rows.map((row) => [
    row.name,
    seconds(row.bridgeNoticed),
    seconds(row.relayNoticed),
    seconds(row.back),
    row.answerWentOn === undefined ? 'ended' : seconds(row.answerWentOn),
    String(row.attempts),
    `${row.cpuPercent.toFixed(1)} %`,
    row.openFiles.join(' -> '),
  ]);
  const all = [HEAD, ...lines];
  const widths = HEAD.map((_, column) => Math.max(...all.map((cells) => cells[column]!.length))); // as many each
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...lines.map(line)].join('\n');
}

function seconds(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(1)} s`;
}
