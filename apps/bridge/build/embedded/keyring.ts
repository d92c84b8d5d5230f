import type * as Keyring from '@napi-rs/keyring';
import { extract } from './extract.ts';

/** Stands in for `@napi-rs/keyring` in the single executable: the same native module, taken from inside of it. */
const { path, remove } = extract('keyring.node');
// as: what the package itself exports of it
const native = { exports: {} as typeof Keyring };
process.dlopen(native, path);
// Loaded, it is needed no more.
remove();

export const { AsyncEntry, Entry, findCredentials, findCredentialsAsync } = native.exports;
