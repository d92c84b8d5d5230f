import { EXIT_CODE_MEANINGS, EXIT_CODES, type BridgeErrorCode } from '../bridge-error.ts';

/** Every exit code with its meaning, in order. */
export function exitCodes(): [code: number, meaning: string][] {
  const codes = Object.keys(EXIT_CODES) as BridgeErrorCode[]; // as: keys are all that it has
  return [[0, 'it worked'], ...codes.map((code): [number, string] => [EXIT_CODES[code], EXIT_CODE_MEANINGS[code]])];
}

/** The part of the help that says what the program exits with. */
export function exitCodesText(): string {
  return ['Exit codes:', ...exitCodes().map(([code, meaning]) => `  ${String(code).padEnd(4)}${meaning}`)].join('\n');
}
