import { RelayError } from '../errors.ts';

/**
 * The one bridge that may answer a message that waits, undefined for all of the user's. The database keeps one or none: a
 * key's narrowing to several would be forgotten with this process. Throws RelayError validation_failed.
 */
export function onlyBridge(bridges: ReadonlySet<string> | undefined): string | undefined {
  if (bridges === undefined) return undefined;
  const [only] = bridges;
  if (bridges.size === 1) return only;
  throw new RelayError(
    'validation_failed',
    'This API key reaches several computers: to let a message wait, say which one shall answer it.',
    { details: { bridgeId: 'is required with ifOffline: "wait"' } },
  );
}
