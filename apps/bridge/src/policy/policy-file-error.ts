import { BridgeError } from '../bridge-error.ts';
import { printable } from '../printable.ts';

/** What is wrong in a policy file; line and column count from 1, 0 = the file as a whole. */
export interface PolicyFault {
  line: number;
  column: number;
  /** The line itself. */
  source: string;
  /** Why it is refused, and what to write instead. */
  reason: string;
}

/** A person mends some and looks again. */
const MAX_FAULTS = 5;
/** Of a line that is shown. */
const MAX_SOURCE = 100;

/** A policy file that is refused as a whole. */
export class PolicyFileError extends BridgeError {
  readonly faults: readonly PolicyFault[];

  constructor(path: string, faults: readonly PolicyFault[], options?: ErrorOptions) {
    const texts = faults.slice(0, MAX_FAULTS).map((fault) => faultText(path, fault));
    const more = faults.length - texts.length;
    super('failed', [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'), options);
    this.faults = faults;
  }

  /** The first fault in one line. */
  get summary(): string {
    const [fault] = this.faults;
    if (!fault) return 'the policy file is wrong';
    return fault.line === 0 ? fault.reason : `line ${fault.line}, column ${fault.column}: ${fault.reason}`;
  }
}

/** `path:line:column: reason`, the line below it and a mark below that. */
function faultText(path: string, { line, column, source, reason }: PolicyFault): string {
  if (line === 0) return `${path}: ${printable(reason)}`;
  const margin = `  ${line} | `;
  const shown = printable(source.slice(0, MAX_SOURCE));
  const mark = column <= MAX_SOURCE ? `\n${' '.repeat(margin.length + column - 1)}^` : '';
  return `${path}:${line}:${column}: ${printable(reason)}\n${margin}${shown}${mark}`;
}
