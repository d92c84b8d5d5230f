import type { SoakReport } from './soak.ts';

/** The report for a person to read. */
export function summary({ ledger, cuts, asked, chatEnds, queueEnds, listeners, problems }: SoakReport): string {
  const rows: [string, string][] = [
    ['cuts of bridge sockets', String(cuts.bridges)],
    ['cuts of client sockets', String(cuts.clients)],
    ["naps of a user's bridges", String(cuts.naps)],
    ['kills of the relay', String(cuts.kills)],
    ['chat messages accepted', `${ledger.chats.length}  ${counts(chatEnds)}`],
    ['queued messages accepted', `${ledger.queued.length}  ${counts(queueEnds)}`],
    ['sent, and nobody knows whether accepted', String(ledger.unknown.length)],
    ['questions the engine was asked, more than once', `${asked.questions}, ${asked.again}`],
    ['listeners', String(listeners)],
    ['HTTP answers', counts(ledger.statuses)],
    ['errors that clients saw', counts(ledger.refusals)],
    ['problems', String(problems.length)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function counts(map: ReadonlyMap<string | number, number>): string {
  const sorted = [...map].toSorted(([, a], [, b]) => b - a);
  return sorted.length === 0 ? 'none' : sorted.map(([name, times]) => `${name} ${times}`).join(', ');
}
