import { ApiError, type ApiKey, type CreateKeyRequest } from '@cloudtolocalllm/sdk';

export type Scope = ApiKey['scopes'][number];
/** In the order in which they are offered: what most people want is first. */
export const SCOPES: readonly Scope[] = ['inference', 'chat', 'bridges:read', 'proxies'];

/** Days, `never`, or the date that was picked. */
export const EXPIRIES = ['30', '90', '365', 'never', 'date'] as const;
export type Expiry = (typeof EXPIRIES)[number];

/** What a person has written about a key that they want. */
export type KeyDraft = {
  name: string;
  scopes: readonly Scope[];
  expiry: Expiry;
  /** `2026-11-28`; of the person's own calendar. */
  date: string;
  /** Ids of computers. None: all. */
  bridges: readonly string[];
  /** None: all. */
  models: readonly string[];
};
export type KeyField = 'name' | 'scopes' | 'date' | 'bridges' | 'models';
export type KeyProblem = { kind: 'required' | 'past' } | { kind: 'other'; message: string };
export type KeyProblems = Partial<Record<KeyField, KeyProblem>>;

export const NEW_KEY: KeyDraft = { name: '', scopes: ['inference'], expiry: '90', date: '', bridges: [], models: [] };

const DAY_MS = 86_400_000;

/** What to ask the relay for, or what can't be asked. */
export function readKeyDraft(draft: KeyDraft, now: number): { request: CreateKeyRequest } | { problems: KeyProblems } {
  const problems: KeyProblems = {};
  if (draft.name.trim() === '') problems.name = { kind: 'required' };
  if (draft.scopes.length === 0) problems.scopes = { kind: 'required' };
  const ends = endOf(draft, now);
  if (Number.isNaN(ends)) problems.date = { kind: 'required' };
  else if (ends !== undefined && ends <= now) problems.date = { kind: 'past' };
  if (Object.keys(problems).length > 0) return { problems };
  const { scopes, bridges, models } = draft;
  return {
    request: {
      name: draft.name.trim(),
      scopes: [...scopes],
      ...(ends !== undefined && { expires: new Date(ends).toISOString() }),
      ...(bridges.length > 0 && { bridges: [...bridges] }),
      ...(models.length > 0 && { models: [...models] }),
    },
  };
}

/** Undefined: never; NaN: no date was picked. A date is good until its end, where the person is. */
function endOf({ expiry, date }: KeyDraft, now: number): number | undefined {
  if (expiry === 'never') return undefined;
  if (expiry === 'date') return Date.parse(`${date}T23:59:59`);
  return now + Number(expiry) * DAY_MS;
}

const FIELDS: Record<string, KeyField> = {
  name: 'name',
  scopes: 'scopes',
  expires: 'date',
  bridges: 'bridges',
  models: 'models',
};

/** Which fields the relay refused, and why; undefined when it was about something else. */
export function refusedKeyFields(error: unknown): KeyProblems | undefined {
  if (!(error instanceof ApiError) || error.code !== 'validation_failed') return undefined;
  const problems: KeyProblems = {};
  for (const [path, message] of Object.entries(error.details)) {
    const field = FIELDS[path.split('.')[0] ?? ''];
    if (field === undefined) return undefined;
    problems[field] ??= { kind: 'other', message };
  }
  return Object.keys(problems).length > 0 ? problems : undefined;
}
