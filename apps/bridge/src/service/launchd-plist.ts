import type { ServiceSpec } from './service.ts';
import { xmlText } from './xml-text.ts';

/** 0077, which property lists know no octal for. */
const UMASK = 0o077;
/** Between two starts; launchd's own is 10 s. */
const THROTTLE_SECONDS = 30;
/** How long it waits between SIGTERM and SIGKILL. */
const EXIT_SECONDS = 20;

type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value };

/** A property list for launchd (launchd.plist(5)); `user` only for a daemon, which would be root's. */
export function launchdPlist({ name, command, environment }: ServiceSpec, user?: string): string {
  const job: Record<string, Value> = {
    Label: name,
    ProgramArguments: command,
    EnvironmentVariables: environment,
    RunAtLoad: true,
    // The bridge ends with 0 when no restart would mend it: `up --service`.
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: THROTTLE_SECONDS,
    ExitTimeOut: EXIT_SECONDS,
    Umask: UMASK,
    // It keeps a log of its own, which is rotated; these would not be.
    StandardOutPath: '/dev/null',
    StandardErrorPath: '/dev/null',
    ...(user !== undefined && { UserName: user }),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    ...lines(job, ''),
    '</plist>',
    '',
  ].join('\n');
}

function lines(value: Value, indent: string): string[] {
  if (typeof value === 'boolean') return [`${indent}<${value}/>`];
  if (typeof value === 'number') return [`${indent}<integer>${value}</integer>`];
  if (typeof value === 'string') return [`${indent}<string>${xmlText(value)}</string>`];
  const inner = `${indent}  `;
  if (isList(value)) return [`${indent}<array>`, ...value.flatMap((item) => lines(item, inner)), `${indent}</array>`];
  const entries: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    entries.push(`${inner}<key>${xmlText(key)}</key>`, ...lines(item, inner));
  }
  return [`${indent}<dict>`, ...entries, `${indent}</dict>`];
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}
