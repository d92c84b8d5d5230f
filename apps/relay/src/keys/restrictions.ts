import type { KeyRestrictions, User } from '../accounts/rights.ts';
import { sameModel } from '@cloudtolocalllm/protocol/bodies';
import { RelayError } from '../errors.ts';

/** Models shown in an error: enough to choose from. */
const MAX_NAMES = 10;
/** Of a name that somebody sent, in an error. */
const MAX_SHOWN = 200;
export const API_KEY = 'This API key';

/** Whether this user's key, if that is how they came, reaches this bridge of theirs. */
export function mayReach({ key }: User, bridgeId: string): boolean {
  return key?.bridges?.has(bridgeId) ?? true;
}

/** Who may be narrowed to some models: a user with a key, or what is called by `what`. */
export interface Narrowed {
  key?: Pick<KeyRestrictions, 'models'>;
  /** At the beginning of an error: absent, it is a key. */
  what?: string;
}

/** @throws RelayError forbidden when the user came with a key, or is one, that is narrowed to other models. */
export function requireModel({ key, what = API_KEY }: Narrowed, model: string): void {
  const models = key?.models;
  if (models === undefined || models.some((name) => sameModel(name, model))) return;
  throw new RelayError(
    'forbidden',
    `${what} may not use the model "${model.slice(0, MAX_SHOWN)}", only: ${listModels(models)}.`,
  );
}

export function listModels(models: readonly string[]): string {
  const more = models.length > MAX_NAMES ? ` and ${models.length - MAX_NAMES} more` : '';
  return `${models.slice(0, MAX_NAMES).join(', ')}${more}`;
}
