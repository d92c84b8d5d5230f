// Loaded into a bridge with --import: SIGUSR2 shifts its wall clock by the milliseconds that a file names. Only `Date` is
// changed, which is what a clock that is set does: timers and `performance.now()` go on as before.
import { readFileSync } from 'node:fs';

const file = process.env['CLOCK_FILE'];
const real = Date;
let shift = 0;

class ShiftedDate extends real {
  constructor(...given: [] | [value: number | string | Date]) {
    super(...((given.length === 0 ? [real.now() + shift] : given) as [number]));
  }
  static override now(): number {
    return real.now() + shift;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
if (file !== undefined) process.on('SIGUSR2', () => (shift = Number(readFileSync(file, 'utf8'))));
