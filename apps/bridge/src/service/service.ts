/** Whose service: that of the person who installs it, or the computer's. */
export type Scope = 'user' | 'system';

/** What a service runs, whatever the system. */
export interface ServiceSpec {
  /** `cloudtolocalllm`, with the profile behind it unless that is the default one. */
  name: string;
  profile: string;
  /** The start of the command: what runs the program, whatever it is to do. */
  program: readonly string[];
  /** Program and arguments. */
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
}

/** One thing that installing or removing does. */
export type Step =
  | { kind: 'write'; path: string; content: string | Buffer; mode: number }
  /** A file, a link or a whole folder, which may not be there. */
  | { kind: 'remove'; path: string }
  /** `mayFail`: what it undoes may not be there. */
  | { kind: 'run'; command: readonly string[]; mayFail?: boolean };

export interface ServiceStatus {
  installed: boolean;
  /** It starts with the computer, or when its owner signs in there. */
  enabled: boolean;
  running: boolean;
  pid: number | undefined;
  /** Running since, or not running since; as the system says it. */
  since: string | undefined;
  /** How it ended last, such as `exit code 3`; undefined when it has not. */
  lastExit: string | undefined;
  /** What its owner should know. */
  note?: string | undefined;
}

/** What a program said. `code` is undefined when there is no such program. */
export interface ToolResult {
  code: number | undefined;
  stdout: string;
  stderr: string;
}
/** Runs a program of the system; never rejects. */
export type RunTool = (command: readonly string[]) => Promise<ToolResult>;

/** The service manager of a system. Steps are made without doing anything. */
export interface ServiceManager {
  /** Throws BridgeError when the manager is not there or can't run this. */
  check(spec: ServiceSpec): Promise<void>;
  install(spec: ServiceSpec): Promise<Step[]>;
  uninstall(name: string): Promise<Step[]>;
  control(name: string, action: 'start' | 'stop' | 'restart'): Promise<Step[]>;
  status(name: string): Promise<ServiceStatus>;
  /** What is left to do for its owner after an installation. */
  hints(spec: ServiceSpec): Promise<string[]>;
}

/** The name of a profile's service, the same on all systems. */
export function serviceName(profile: string, defaultProfile: string): string {
  return profile === defaultProfile ? 'cloudtolocalllm' : `cloudtolocalllm-${profile}`;
}
