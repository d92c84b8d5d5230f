import { DEFAULT_PROFILE, type BridgeConfig } from '../config.ts';
import { serviceName, type Scope, type ServiceSpec } from './service.ts';

/** What the service of this profile runs: `program up`, with what its owner adds. */
export function serviceSpec(
  { profile, service }: BridgeConfig,
  { program, scope, upArgs }: { program: readonly string[]; scope: Scope; upArgs: readonly string[] },
): ServiceSpec {
  const name = serviceName(profile, DEFAULT_PROFILE);
  const chosen = profile === DEFAULT_PROFILE ? [] : ['--profile', profile];
  const { XDG_CONFIG_HOME: configHome, ...environment } = service.environment;
  return {
    name,
    profile,
    program,
    command: [...program, ...chosen, 'up', '--service', ...upArgs],
    environment:
      scope === 'system' && process.platform === 'linux'
        ? { ...environment, CLOUDTOLOCALLLM_HOME: `/var/lib/${name}` }
        : { ...environment, ...(configHome !== undefined && { XDG_CONFIG_HOME: configHome }) },
  };
}
