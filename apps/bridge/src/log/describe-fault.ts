import { BridgeError } from '../bridge-error.ts';
import { RelayApiError } from '../relay-api.ts';

/** Of a stack: enough to find the place. */
const MAX_FRAMES = 12;
/** Causes of causes. */
const MAX_DEPTH = 3;

/**
 * What the log says of an error. Messages stay only where nothing of a request can be in them: our own, the operating
 * system's, and those of a slip in the code. A parser's message, for one, quotes the text that it could not read.
 */
export function describeFault(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  if (error instanceof BridgeError || error instanceof RelayApiError) return error.message;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const known = syscall !== undefined || error instanceof TypeError || error instanceof RangeError;
  const head = [error.name, ...(code === undefined ? [] : [code])].join(' ') + (known ? `: ${error.message}` : '');
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause instanceof Error && depth < MAX_DEPTH ? [describeFault(error.cause, depth + 1)] : [];
  return [head, ...frames.slice(0, MAX_FRAMES), ...cause.map((text) => `caused by ${text}`)].join('\n');
}
