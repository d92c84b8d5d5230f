import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';
import { memoryText } from '@cloudtolocalllm/protocol';
import type { WorkerEnd } from './proxy-driver.ts';

/** What V8, Node and the C++ library say when memory is refused to them. */
const MEMORY_WORDS =
  /heap out of memory|out of memory|bad_alloc|allocation fail|failed to allocate|ENOMEM|cannot allocate memory/i;
/** The name of the error in what Node prints of one. */
const ERROR_LINE = /^(\w*Error\b|FATAL|fatal)/;
const LAST_WORDS = /^Node\.js v/;
const MAX_DETAIL_CHARACTERS = 300;

export interface ExitedWorker {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what it wrote to its standard error. */
  stderr: string;
  destroyed: boolean;
  /** The system says so. */
  ranOutOfMemory: boolean;
  memoryBytes: number | undefined;
  memory: ProxyEnforcement['memory'];
}

/** Says why a worker's process ended, in words. */
export function workerEnd({ destroyed, ranOutOfMemory, ...exited }: ExitedWorker): WorkerEnd {
  if (destroyed) return { cause: 'destroyed', detail: 'It was ended by its relay' };
  const how = exited.signal === null ? `exit code ${String(exited.code)}` : `signal ${exited.signal}`;
  const last = lastWords(exited.stderr);
  const words = last === '' ? '' : `: ${last}`;
  if (ranOutOfMemory || MEMORY_WORDS.test(exited.stderr)) {
    const limit = exited.memoryBytes === undefined ? '' : `limit ${memoryText(exited.memoryBytes)}, `;
    return {
      cause: 'out_of_memory',
      detail: `Its process ran out of memory (${limit}${exited.memory}, ${how})${words}`,
    };
  }
  if (exited.signal !== null) return { cause: 'killed', detail: `Its process was killed (${how})` };
  return { cause: 'failed', detail: `Its process ended (${how})${words}` };
}

/** The line that says what went wrong, else the last one. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !LAST_WORDS.test(line));
  return (lines.findLast((line) => ERROR_LINE.test(line)) ?? lines.at(-1) ?? '').slice(0, MAX_DETAIL_CHARACTERS);
}
