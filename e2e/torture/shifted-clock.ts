// Loaded into a bridge with --import: at its start and with SIGUSR2 its wall clock is shifted by the milliseconds that a
// file names. Only `Date` is changed, as when a clock is set: timers and `performance.now()` go on as before.
import { existsSync, readFileSync } from 'node:fs';

const file = process.env['CLOCK_FILE'];
const real = Date;
let shift = 0;

function read(): void {
  if (file !== undefined && existsSync(file)) shift = Number(readFileSync(file, 'utf8'));
}

class ShiftedDate extends real {
  constructor(...given: [] | [value: number | string | Date]) {
    super(...((given.length === 0 ? [real.now() + shift] : given) as [number]));
  }
  static override now(): number {
    return real.now() + shift;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
read();
process.on('SIGUSR2', read);
