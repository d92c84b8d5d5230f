import type { User } from '../accounts/rights.ts';
import { RelayError } from '../errors.ts';
import type { Target } from './model-check.ts';

/** What a bridge forwards only when its owner lets models be managed; it takes these paths in no other spelling. */
const CHANGES_MODELS = new Set(['POST /api/pull', 'DELETE /api/delete']);

/** Whether it changes which models there are. */
export function changesModels({ method, path }: Target): boolean {
  const [target = ''] = path.split('?', 1);
  return CHANGES_MODELS.has(`${method} ${target}`);
}

/**
 * Models are changed by the person alone, as at `/api/bridge/{bridgeId}/models`.
 * @throws RelayError forbidden for an API key and for an access token that is narrowed to scopes.
 */
export function requireManager(user: User, target: Target): void {
  if (user.rights.has('account') || !changesModels(target)) return;
  throw new RelayError(
    'forbidden',
    `${user.key ? 'An API key' : 'This access token'} cannot pull or delete models: sign in and use an access token without scopes.`,
  );
}
