import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { BridgeError } from './bridge-error.ts';

/** What the bridge takes from its surroundings; everything else is an option of its commands. */
export interface BridgeConfig {
  /** One relay and account of this person's computer; `default` unless they have several. */
  profile: string;
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
}

export const DEFAULT_PROFILE = 'default';
/** Also the name of a folder and part of a service's name. */
const PROFILE_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** What counts as yes in a variable. */
const YES = /^(1|true|yes|on)$/i;

/** The only place where the bridge reads the environment. Throws BridgeError usage for a profile's name that can't be one. */
export function readConfig(env: NodeJS.ProcessEnv = process.env, option?: string): BridgeConfig {
  const profile = option ?? (env['CLOUDTOLOCALLLM_PROFILE'] || DEFAULT_PROFILE);
  if (!PROFILE_NAME.test(profile)) {
    throw new BridgeError(
      'usage',
      `"${profile.slice(0, 50)}" cannot name a profile: use up to 32 small letters, digits and hyphens, such as work`,
    );
  }
  const base = env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  const home = env['CLOUDTOLOCALLLM_HOME'] || join(base, 'cloudtolocalllm');
  return {
    profile,
    directory: profile === DEFAULT_PROFILE ? home : join(home, 'profiles', profile),
    relay: env['CLOUDTOLOCALLLM_RELAY'] || undefined,
    engineUrl: env['OLLAMA_HOST'] || undefined,
    engineKey: env['CLOUDTOLOCALLLM_ENGINE_KEY'] || undefined,
    computerName: hostname().slice(0, 64) || 'computer',
    allowModelManagement: YES.test(env['CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT'] ?? ''),
  };
}
