import { RelayError } from '../errors.ts';

/** Also for another user's bridge: whether it exists is nobody else's business. */
export function noSuchBridge(id: string): RelayError {
  return new RelayError('not_found', `You have no bridge "${id}"`);
}
