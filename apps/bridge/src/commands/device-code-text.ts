import { styleText } from 'node:util';
import { renderUnicodeCompact } from 'uqr';
import type { DeviceCode } from '../sign-in.ts';
import { printable } from '../printable.ts';

/** Cells of light around the code: scanners find it by them. */
const QUIET_ZONE = 2;
/** A relay's address has some dozens; a picture of more fits no terminal, and of 3 KB there is none at all. */
const MAX_PICTURE_CHARACTERS = 500;

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

/** The text as a picture of blocks, light on dark; undefined when it is too long, or the terminal too narrow. */
export function qrCode(text: string, columns: number): string | undefined {
  if (text.length > MAX_PICTURE_CHARACTERS) return undefined;
  const lines = renderUnicodeCompact(text, { border: QUIET_ZONE, ecc: 'L' }).split('\n');
  const indented = lines.map((line) => `  ${line}`);
  return indented.every((line) => line.length <= columns) ? indented.join('\n') : undefined;
}

function inMinutes(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes <= 1 ? 'in a minute' : `in ${minutes} minutes`;
}
