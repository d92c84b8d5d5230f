import { homedir, hostname } from 'node:os';
import { join } from 'node:path';

/** What the bridge takes from its surroundings; everything else is an option of its commands. */
export interface BridgeConfig {
  /** Where credentials and state are kept. */
  directory: string;
  /** The relay when no option names one. */
  relay: string | undefined;
  /** The engine when no option names one: Ollama's own variable, which may lack scheme and port. */
  engineUrl: string | undefined;
  computerName: string;
  /** Models may be loaded, pulled and deleted through the relay. */
  allowModelManagement: boolean;
}

/** What counts as yes in a variable. */
const YES = /^(1|true|yes|on)$/i;

/** The only place where the bridge reads the environment. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): BridgeConfig {
  const base = env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return {
    directory: env['CLOUDTOLOCALLLM_HOME'] || join(base, 'cloudtolocalllm'),
    relay: env['CLOUDTOLOCALLLM_RELAY'] || undefined,
    engineUrl: env['OLLAMA_HOST'] || undefined,
    computerName: hostname().slice(0, 64) || 'computer',
    allowModelManagement: YES.test(env['CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT'] ?? ''),
  };
}
