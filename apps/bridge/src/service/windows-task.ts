import { join } from 'node:path';
import { z } from 'zod';
import { BridgeError } from '../bridge-error.ts';
import type { RunTool, Scope, ServiceManager, ServiceStatus, Step } from './service.ts';
import { windowsTaskXml } from './windows-task-xml.ts';

export interface WindowsTaskOptions {
  scope: Scope;
  run: RunTool;
  /** With the domain in front, as the system knows the person. */
  account: string;
  /** Where the task's file is while it is read. */
  directory: string;
  /** What a task is not told by us. */
  environment: Readonly<Record<string, string>>;
}

/** Numbers of the task's state in PowerShell. */
const RUNNING = 4;
const DISABLED = 1;
/** Of a task that has never run, and of one that runs. */
const NO_RESULT: ReadonlySet<number> = new Set([0x41303, 0x41301]);

const taskInfo = z.object({
  state: z.int(),
  result: z.int().nullable(),
  lastRun: z.string().nullable(),
});

/** A task of the Windows Task Scheduler, at its owner's log-on. */
export function windowsTask({ scope, run, account, directory, environment }: WindowsTaskOptions): ServiceManager {
  const call = (mayFail: boolean, ...args: string[]): Step => ({
    kind: 'run',
    command: ['schtasks.exe', ...args],
    mayFail,
  });

  return {
    async check() {
      if (scope === 'system') {
        throw new BridgeError('usage', 'On Windows the bridge runs as you, from your log-on: leave out --system');
      }
      if ((await run(['schtasks.exe', '/Query', '/FO', 'LIST'])).code === undefined) {
        throw new BridgeError(
          'failed',
          'Cannot find the Task Scheduler (schtasks.exe). Start the bridge by hand with: cloudtolocalllm up',
        );
      }
    },
    async install(spec) {
      const path = join(directory, `${spec.name}.task.xml`);
      return [
        { kind: 'write', path, content: taskFile(windowsTaskXml(spec, account)), mode: 0o600 },
        call(true, '/End', '/TN', spec.name),
        call(false, '/Create', '/TN', spec.name, '/XML', path, '/F'),
        { kind: 'remove', path },
        call(false, '/Run', '/TN', spec.name),
      ];
    },
    async uninstall(name) {
      return [call(true, '/End', '/TN', name), call(true, '/Delete', '/TN', name, '/F')];
    },
    async control(name, action) {
      return [
        ...(action === 'start' ? [] : [call(action === 'restart', '/End', '/TN', name)]),
        ...(action === 'stop' ? [] : [call(false, '/Run', '/TN', name)]),
      ];
    },
    async status(name) {
      const { code, stdout } = await run([
        'powershell.exe',
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        question(name),
      ]);
      return code === 0 ? statusOf(stdout) : NOT_INSTALLED;
    },
    async hints() {
      const names = Object.keys(environment);
      if (names.length === 0) return [];
      return [`A task knows your own variables, not those of this window: set ${names.join(', ')} for good with setx.`];
    },
  };
}

/** schtasks reads UTF-16 with its mark, as the declaration says. */
export function taskFile(xml: string): Buffer {
  return Buffer.from(`\uFEFF${xml}`, 'utf16le');
}

/** The words of the tools are in the language of Windows; numbers are not. `name` has no characters to escape. */
function question(name: string): string {
  return (
    `$ErrorActionPreference='Stop'; $t=Get-ScheduledTask -TaskName '${name}'; $i=$t|Get-ScheduledTaskInfo; ` +
    "@{state=[int]$t.State; result=$i.LastTaskResult; lastRun=$(if($i.LastRunTime){$i.LastRunTime.ToString('o')})}|ConvertTo-Json -Compress"
  );
}

const NOT_INSTALLED: ServiceStatus = {
  installed: false,
  enabled: false,
  running: false,
  pid: undefined,
  since: undefined,
  lastExit: undefined,
};

function statusOf(text: string): ServiceStatus {
  const { state, result, lastRun } = taskInfo.parse(JSON.parse(text));
  return {
    installed: true,
    enabled: state !== DISABLED,
    running: state === RUNNING,
    pid: undefined, // the scheduler does not say
    since: lastRun ?? undefined,
    lastExit: result === null || NO_RESULT.has(result) ? undefined : `exit code ${result}`,
  };
}
