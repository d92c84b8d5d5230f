import type { User } from '../accounts/rights.ts';
import { sameModel } from '../chat/routing.ts';
import { RelayError } from '../errors.ts';

/** Models shown in an error: enough to choose from. */
const MAX_NAMES = 10;
/** Of a name that somebody sent, in an error. */
const MAX_SHOWN = 200;

/** Whether this user's key, if that is how they came, reaches this bridge of theirs. */
export function mayReach({ key }: User, bridgeId: string): boolean {
  return key?.bridges?.has(bridgeId) ?? true;
}

/** @throws RelayError forbidden when the user came with a key that is narrowed to other models. */
export function requireModel({ key }: User, model: string): void {
  const models = key?.models;
  if (models === undefined || models.some((name) => sameModel(name, model))) return;
  throw new RelayError(
    'forbidden',
    `This API key may not use the model "${model.slice(0, MAX_SHOWN)}", only: ${listModels(models)}.`,
  );
}

export function listModels(models: readonly string[]): string {
  const more = models.length > MAX_NAMES ? ` and ${models.length - MAX_NAMES} more` : '';
  return `${models.slice(0, MAX_NAMES).join(', ')}${more}`;
}
