import { homedir, hostname, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { BridgeError } from './bridge-error.ts';
import { readProxySettings, type ProxySettings } from './network/proxy-settings.ts';

/** What the bridge takes from its surroundings; everything else is an option of its commands. */
export interface BridgeConfig {
  /** One relay and account of this person's computer; `default` unless they have several. */
  profile: string;
  /** Where everything of all profiles is kept. */
  home: string;
  /** Where the profile's credentials, policy, state and logs are kept. */
  directory: string;
  /** The relay when no option names one. */
  relay: string | undefined;
  /** The engine when no option names one: Ollama's own variable, which may lack scheme and port. */
  engineUrl: string | undefined;
  /** For `engines add`: the key of the engine. */
  engineKey: string | undefined;
  computerName: string;
  /** Models may be loaded, pulled and deleted through the relay. */
  allowModelManagement: boolean;
  /** A sign-in puts its tokens into the system's keychain when there is one. */
  keychain: boolean;
  /** The person sits at this computer's own screen. */
  graphicalSession: boolean;
  /** What opens a text, with its arguments. */
  editor: string | undefined;
  service: ServiceSurroundings;
  /** Between this computer and the relay. */
  proxies: ProxySettings;
  /** Say when the relay knows a newer version of this program. */
  checkForUpdates: boolean;
  /** For the desktop's programs that it starts. */
  environment: NodeJS.ProcessEnv;
}

/** What a service of the system is made with, which does not have this shell's environment. */
export interface ServiceSurroundings {
  /** The person's name on this computer; with `sudo`, of who called it. */
  account: string;
  userHome: string;
  /** Where the person's programs keep their configuration. */
  configHome: string;
  /** Variables that are set here and change what the bridge does; none with a password in it. */
  environment: Readonly<Record<string, string>>;
}

export const DEFAULT_PROFILE = 'default';
/** Also the name of a folder and part of a service's name. */
export const PROFILE_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** What counts as yes, and as no, in a variable. */
const YES = /^(1|true|yes|on)$/i;
const NO = /^(0|false|no|off)$/i;

/** What a service is told of this shell's variables. */
const SERVICE_VARIABLES = [
  'CLOUDTOLOCALLLM_HOME',
  'CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT',
  'HTTPS_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'NO_PROXY',
  'OLLAMA_HOST',
  'XDG_CONFIG_HOME',
];

/** The only place where the bridge reads the environment. Throws BridgeError usage for what can't be a profile's name or a proxy. */
export function readConfig(env: NodeJS.ProcessEnv = process.env, option?: string): BridgeConfig {
  const profile = option ?? (env['CLOUDTOLOCALLLM_PROFILE'] || DEFAULT_PROFILE);
  if (!PROFILE_NAME.test(profile)) {
    throw new BridgeError(
      'usage',
      `"${profile.slice(0, 50)}" cannot name a profile: use up to 32 small letters, digits and hyphens, such as work`,
    );
  }
  // The XDG specification: a path that is not absolute is to be ignored.
  const wanted = env['XDG_CONFIG_HOME'] ?? '';
  const base = isAbsolute(wanted) ? wanted : join(personHome(), '.config');
  const home = env['CLOUDTOLOCALLLM_HOME'] ? resolve(env['CLOUDTOLOCALLLM_HOME']) : join(base, 'cloudtolocalllm');
  return {
    profile,
    home,
    directory: profileDirectory(home, profile),
    relay: env['CLOUDTOLOCALLLM_RELAY'] || undefined,
    engineUrl: env['OLLAMA_HOST'] || undefined,
    engineKey: env['CLOUDTOLOCALLLM_ENGINE_KEY'] || undefined,
    computerName: hostname().slice(0, 64) || 'computer',
    allowModelManagement: YES.test(env['CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT'] ?? ''),
    keychain: !NO.test(env['CLOUDTOLOCALLLM_KEYCHAIN'] ?? ''),
    graphicalSession: isGraphicalSession(env),
    editor: env['VISUAL'] || env['EDITOR'] || undefined,
    service: serviceSurroundings(env, base),
    proxies: readProxySettings(env),
    checkForUpdates: !NO.test(env['CLOUDTOLOCALLLM_UPDATE_CHECK'] ?? ''),
    environment: env,
  };
}

/** Also where HOME is empty or a place relative to wherever the shell is just now. */
function personHome(): string {
  const home = homedir();
  return isAbsolute(home) ? home : userInfo().homedir;
}

/** A user that only exists for a service or a container may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}

function serviceSurroundings(env: NodeJS.ProcessEnv, configHome: string): ServiceSurroundings {
  const domain = env['USERDOMAIN'];
  const name = env['SUDO_USER'] || userName();
  const found = SERVICE_VARIABLES.flatMap((variable): [string, string][] => {
    const value = env[variable];
    // A service's file is not as private as an environment: an address with a password stays out of it.
    if (variable === 'CLOUDTOLOCALLLM_HOME' && value) return [[variable, resolve(value)]];
    return value && !/\/\/[^/@]*@/.test(value) ? [[variable, value]] : [];
  });
  return {
    account: domain ? `${domain}\\${name}` : name,
    userHome: personHome(),
    configHome,
    environment: Object.fromEntries(found),
  };
}

/** The folder of a profile in the folder of all. */
export function profileDirectory(home: string, profile: string): string {
  return profile === DEFAULT_PROFILE ? home : join(home, 'profiles', profile);
}

function isGraphicalSession(env: NodeJS.ProcessEnv): boolean {
  if (env['SSH_CONNECTION'] || env['SSH_TTY'] || env['SSH_CLIENT']) return false;
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}
