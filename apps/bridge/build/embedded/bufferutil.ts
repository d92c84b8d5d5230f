import { join } from 'node:path';

type Mask = (source: Buffer, mask: Buffer, output: Buffer, offset: number, length: number) => void;
type Unmask = (buffer: Buffer, mask: Buffer) => void;

/**
 * Stands in for `bufferutil` in the npm package: its module for this system lies beside the code, so npm has nothing to
 * build and nothing to warn of. Throws where there is none; `ws`, which asks for it, then does its work by itself.
 */
// as: what the package itself exports of it
const native = { exports: {} as { mask: Mask; unmask: Unmask } };
process.dlopen(native, join(import.meta.dirname, '../native', `bufferutil-${process.platform}-${process.arch}.node`));

export const { mask, unmask } = native.exports;
