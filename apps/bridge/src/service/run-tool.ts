import { execFile } from 'node:child_process';
import type { ToolResult } from './service.ts';

/** Starting and stopping wait for the bridge to end, which has 20 s. */
const TIMEOUT_MS = 60_000;

/** Runs a program of the system, without a shell. Never rejects. */
export function runTool([file = '', ...args]: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : undefined) : 0;
      resolve({ code, stdout, stderr: stderr || (code === undefined ? (error?.message ?? '') : '') });
    });
  });
}
