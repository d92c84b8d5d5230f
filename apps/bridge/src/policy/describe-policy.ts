import { managed } from '../policy.ts';
import type { PolicyReport } from './policy-report.ts';

type Line = readonly [name: string, words: string];

/** What is in force, in words: one line for each setting. */
export function describePolicy({ settings, allowedBy, closed }: PolicyReport): Line[] {
  const { allow, models, limits, hours, log } = settings;
  const manage = managed(settings, allowedBy !== undefined);
  const may = Object.entries(manage).filter(([, is]) => is);
  const some = models.allow.includes('*') ? 'all' : models.allow.join(', ');
  return [
    ...(closed === undefined ? [] : [['Closed', closed] as const]),
    ['Allowed', allow.join(', ')],
    ['Models', models.deny.length === 0 ? some : `${some}, but not ${models.deny.join(', ')}`],
    ['At once', `${counted(limits.running)} running, ${counted(limits.waiting)} waiting`],
    ['Hours', hours === 'always' ? 'always' : `${hours.join('; ')} (by this computer's clock)`],
    [
      'Manage',
      may.length === 0
        ? 'models are only used and listed'
        : `models may be ${may.map(([what]) => PAST[what] ?? what).join(', ')}${allowedBy === undefined ? '' : ` (by ${allowedBy})`}`,
    ],
    ['Log', log.requests === 'none' ? 'no requests, never content' : `${LOGGED[log.requests]}, never content`],
  ];
}

const PAST: Readonly<Record<string, string>> = { load: 'loaded', pull: 'pulled', delete: 'deleted' };
const LOGGED = { errors: 'requests that fail', all: 'every request' } as const;

/** Where it comes from, in words. */
export function policySource({ from }: PolicyReport, path: string): string {
  if (from === 'file') return path;
  return from === 'defaults' ? `defaults (there is no ${path})` : `none: ${path} is wrong, so nothing is let through`;
}

/** In one line, for `status`. */
export function policyInBrief(report: PolicyReport): string {
  if (report.closed !== undefined) return report.closed;
  const { settings, allowedBy } = report;
  const { models, hours } = settings;
  const may = managed(settings, allowedBy !== undefined);
  const parts = [
    models.allow.includes('*') && models.deny.length === 0 ? 'all models' : 'some models',
    ...(may.load ? ['models may be managed through the relay'] : ['used and listed only']),
    ...(hours === 'always' ? [] : ['within hours']),
  ];
  return parts.join(', ');
}

function counted(limit: number | 'unlimited'): string {
  return limit === 'unlimited' ? 'any number' : `at most ${limit}`;
}
