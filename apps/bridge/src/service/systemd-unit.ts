import { EXIT_CODES, type BridgeErrorCode } from '../bridge-error.ts';
import type { Scope, ServiceSpec } from './service.ts';
import { unitCommandLine, unitWord } from './systemd-words.ts';

/** What no restart mends. */
const FINAL: readonly BridgeErrorCode[] = ['usage', 'not_signed_in', 'replaced', 'removed', 'outdated'];
/** The first version that can wait longer each time between restarts; older ones warn of the keys. */
const RESTART_STEPS_SINCE = 254;

/** What a person's own manager can enforce without privileges: all by seccomp, nothing by mounts. */
const SANDBOX = [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  // AF_NETLINK: by it the computer's own addresses are asked for.
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  'SystemCallErrorNumber=EPERM',
  'UMask=0077',
  // MemoryDenyWriteExecute= is not possible: V8 compiles while it runs.
];

/** What only the system's manager can. */
const SYSTEM_SANDBOX = [
  'AmbientCapabilities=',
  'CapabilityBoundingSet=',
  'DevicePolicy=closed',
  'KeyringMode=private',
  'PrivateDevices=yes',
  'PrivateIPC=yes',
  'PrivateTmp=yes',
  'PrivateUsers=yes',
  'ProcSubset=pid',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHome=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'ProtectSystem=strict',
  'RemoveIPC=yes',
];

/** A unit for the service, without warnings on the version of systemd that is named (systemd.service(5), systemd.exec(5)). */
export function systemdUnit(spec: ServiceSpec, scope: Scope, version: number): string {
  const { name, profile, command, environment } = spec;
  const title = name === 'cloudtolocalllm' ? 'CloudToLocalLLM bridge' : `CloudToLocalLLM bridge (${profile})`;
  const system = scope === 'system';
  return [
    '[Unit]',
    `Description=${title}`,
    ...(system ? ['Wants=network-online.target', 'After=network-online.target'] : []),
    // A computer that is left alone has nobody to start it again.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${unitCommandLine(command)}`,
    ...Object.entries(environment).map(([key, value]) => `Environment=${unitWord(`${key}=${value}`)}`),
    'Restart=on-failure',
    ...(version < RESTART_STEPS_SINCE
      ? ['RestartSec=10s']
      : ['RestartSec=2s', 'RestartSteps=8', 'RestartMaxDelaySec=5min']),
    `RestartPreventExitStatus=${FINAL.map((code) => EXIT_CODES[code]).join(' ')}`,
    'KillMode=mixed',
    'TimeoutStopSec=20s',
    ...(system ? ['DynamicUser=yes', `User=${name}`, `StateDirectory=${name}`, 'StateDirectoryMode=0700'] : []),
    ...SANDBOX,
    ...(system ? SYSTEM_SANDBOX : []),
    '',
    '[Install]',
    `WantedBy=${system ? 'multi-user.target' : 'default.target'}`,
    '',
  ].join('\n');
}
