import { readConfig } from '../src/config.ts';
import { serviceSpec } from '../src/service/service-spec.ts';
import { systemdUnit } from '../src/service/systemd-unit.ts';

/** Where a unit's program lies once the package is installed. */
export const PROGRAM = '/usr/bin/cloudtolocalllm';
/** Of the oldest Debian that still gets updates: later ones warn of nothing in a unit for it. */
const SYSTEMD_VERSION = 247;

/** The units that the Debian package brings, by path, off until somebody enables one: a person's own, and the computer's. */
export function systemdUnits(): Record<string, string> {
  const files = (['user', 'system'] as const).map((scope) => {
    const spec = serviceSpec(readConfig({}), { program: [PROGRAM], scope, upArgs: [] });
    return [`/usr/lib/systemd/${scope}/${spec.name}.service`, systemdUnit(spec, scope, SYSTEMD_VERSION)];
  });
  // as: made of pairs
  return Object.fromEntries(files) as Record<string, string>;
}
