import { styleText } from 'node:util';
import { renderUnicodeCompact } from 'uqr';
import type { DeviceCode } from '../sign-in.ts';
import { printable } from '../printable.ts';

/** Cells of light around the code: scanners find it by them. */
const QUIET_ZONE = 2;

/** What a person needs to confirm a code elsewhere; `columns` of the terminal, undefined when it is none. */
export function deviceCodeText(code: DeviceCode, columns: number | undefined): string {
  const address = printable(code.verificationUriComplete ?? code.verificationUri);
  const picture = columns === undefined ? undefined : qrCode(address, columns);
  return [
    'To connect this computer, open',
    `  ${styleText('bold', address)}`,
    ...(picture === undefined ? [] : ['or scan this:', picture]),
    `and confirm the code ${styleText('bold', printable(code.userCode))}. It ends ${inMinutes(code.expiresInSeconds)}. Waiting…`,
  ].join('\n\n');
}

/** The text as a picture of blocks, light on dark; undefined when the terminal is too narrow. */
export function qrCode(text: string, columns: number): string | undefined {
  const lines = renderUnicodeCompact(text, { border: QUIET_ZONE, ecc: 'L' }).split('\n');
  const indented = lines.map((line) => `  ${line}`);
  return indented.every((line) => line.length <= columns) ? indented.join('\n') : undefined;
}

function inMinutes(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes <= 1 ? 'in a minute' : `in ${minutes} minutes`;
}
