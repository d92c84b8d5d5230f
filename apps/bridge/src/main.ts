#!/usr/bin/env node
import { CommanderError } from 'commander';
import { BridgeError, EXIT_CODES } from './bridge-error.ts';
import { createProgram } from './cli/program.ts';
import { printable } from './printable.ts';
import { RelayApiError } from './relay-api.ts';

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.usage; // commander has said what is wrong
  } else if (error instanceof BridgeError || error instanceof RelayApiError) {
    console.error(printable(error.message));
    process.exitCode = error instanceof BridgeError ? EXIT_CODES[error.code] : EXIT_CODES.failed;
  } else {
    console.error(error);
    process.exitCode = EXIT_CODES.failed;
  }
}
