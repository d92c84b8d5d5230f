#!/usr/bin/env node
import { KEYCHAIN_CHILD } from './keychain/keychain-child-name.ts';

// Loaded when it is known what for: the keychain's child needs next to nothing of the program.
if (process.argv[2] === KEYCHAIN_CHILD) await (await import('./keychain/keychain-child.ts')).keychainChild();
else await (await import('./cli/run-program.ts')).runProgram();
