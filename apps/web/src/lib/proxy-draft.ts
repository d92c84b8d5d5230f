import { ApiError, type ProxyConfig } from '@cloudtolocalllm/sdk';

export const DURATION_UNITS = { minutes: 60, hours: 3600, days: 86_400 } as const;
export type DurationUnit = keyof typeof DURATION_UNITS;
export type Duration = { amount: string; unit: DurationUnit };

/** What a person has written about a proxy that they want. */
export type ProxyDraft = {
  bridgeId: string;
  name: string;
  lifetime: Duration;
  timeout: Duration;
  /** None: all. */
  models: readonly string[];
  /** One a line, or with spaces between. */
  paths: string;
  maxRequests: string;
  maxConcurrent: string;
  maxTokens: string;
  /** Megabytes. */
  maxMemory: string;
  /** Cores. */
  maxCpu: string;
};
export type ProxyField = Exclude<keyof ProxyDraft, 'bridgeId'>;

/** What is wrong with a field: a word of ours with the bound that was passed, or the relay's own sentence. */
export type FieldProblem =
  | { kind: 'number' | 'whole' | 'required' }
  | { kind: 'atMost' | 'atLeast'; value: string }
  | { kind: 'other'; message: string };
export type ProxyProblems = Partial<Record<ProxyField, FieldProblem>>;

/** As the relay does it when nothing is said; written out, so that they can be seen. */
export const NEW_DRAFT: Omit<ProxyDraft, 'bridgeId'> = {
  name: '',
  lifetime: { amount: '1', unit: 'hours' },
  timeout: { amount: '5', unit: 'minutes' },
  models: [],
  paths: '',
  maxRequests: '',
  maxConcurrent: '',
  maxTokens: '',
  maxMemory: '512',
  maxCpu: '0.5',
};

/** What to ask the relay for, or what can't be asked at all; bounds are the relay's to say. */
export function readDraft(draft: ProxyDraft): { config: ProxyConfig } | { problems: ProxyProblems } {
  const problems: ProxyProblems = {};
  const number = (field: ProxyField, text: string, isWhole: boolean): number | undefined => {
    const written = text.trim().replace(',', '.');
    if (written === '') return undefined;
    const value = Number(written);
    if (!Number.isFinite(value) || value <= 0) problems[field] = { kind: 'number' };
    else if (isWhole && !Number.isInteger(value)) problems[field] = { kind: 'whole' };
    return value;
  };
  const seconds = (field: 'lifetime' | 'timeout'): number | undefined => {
    const amount = number(field, draft[field].amount, false);
    return amount === undefined ? undefined : Math.round(amount * DURATION_UNITS[draft[field].unit]);
  };
  const memory = number('maxMemory', draft.maxMemory, true);
  const cpu = number('maxCpu', draft.maxCpu, false);
  const paths = draft.paths.split(/\s+/).filter((path) => path !== '');
  const config: ProxyConfig = {
    lifetime: seconds('lifetime'),
    timeout: seconds('timeout'),
    maxRequests: number('maxRequests', draft.maxRequests, true),
    maxConcurrent: number('maxConcurrent', draft.maxConcurrent, true),
    maxTokens: number('maxTokens', draft.maxTokens, true),
    maxMemory: memory === undefined ? undefined : `${memory}MB`,
    maxCpu: cpu === undefined ? undefined : String(cpu),
    models: draft.models.length === 0 ? undefined : [...draft.models],
    paths: paths.length === 0 ? undefined : paths,
  };
  return Object.keys(problems).length > 0 ? { problems } : { config };
}

/** Which fields the relay refused, and why; undefined when it was about something else. */
export function refusedFields(error: unknown): ProxyProblems | undefined {
  if (!(error instanceof ApiError) || error.code !== 'validation_failed') return undefined;
  const problems: ProxyProblems = {};
  for (const [path, message] of Object.entries(error.details)) {
    const [, name = ''] = /^(?:config\.)?([A-Za-z]+)/.exec(path) ?? [];
    if (!isField(name)) return undefined;
    problems[name] ??= problemFrom(message);
  }
  return Object.keys(problems).length > 0 ? problems : undefined;
}

/** The relay's refusals name the bound: it is told in the words of the field, such as hours instead of seconds. */
function problemFrom(message: string): FieldProblem {
  const [, side, value] = /(at most|at least|<=|>=)\s?(\d[\d.]*\s?[KMG]?B?)/i.exec(message) ?? [];
  if (value === undefined) return { kind: 'other', message };
  return { kind: side === 'at most' || side === '<=' ? 'atMost' : 'atLeast', value: value.trim() };
}

function isField(name: string): name is ProxyField {
  return name in NEW_DRAFT;
}
