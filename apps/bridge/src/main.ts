#!/usr/bin/env node
import { KEYCHAIN_CHILD } from './keychain/keychain-child-name.ts';
import { RENEWAL_CHILD } from './renewal/renewal-child-name.ts';

// Loaded when it is known what for: the children need next to nothing of the program.
if (process.argv[2] === KEYCHAIN_CHILD) await (await import('./keychain/keychain-child.ts')).keychainChild();
else if (process.argv[2] === RENEWAL_CHILD) await (await import('./renewal/renewal-child.ts')).renewalChild();
else await (await import('./cli/run-program.ts')).runProgram();
