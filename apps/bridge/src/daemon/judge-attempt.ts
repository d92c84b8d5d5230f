import { afterClose } from '@cloudtolocalllm/protocol';
import { BridgeError } from '../bridge-error.ts';
import { RelayApiError } from '../relay-api.ts';
import type { Ending } from './connection.ts';
import { stopped } from './stopped.ts';

/**
 * Why a registration failed that may go better later; `hasBeenOnline`: since the start, from when on a strange answer is
 * a passing one, of a hotel's network or a proxy that restarts. Throws when there is no use in trying again.
 */
export function judgeRegistration(error: unknown, hasBeenOnline: boolean): string {
  if (error instanceof RelayApiError && error.shouldRetry()) return error.message;
  if (error instanceof RelayApiError && error.status === 401) {
    throw new BridgeError('not_signed_in', 'You were signed out. Sign in again with: cloudtolocalllm login', {
      cause: error,
    });
  }
  if (error instanceof RelayApiError && hasBeenOnline) return error.message;
  throw error;
}

/**
 * Why a connection ended, and whether the next one needs a new registration. Throws BridgeError when there is to be no
 * next one.
 */
export function judgeEnding(ending: Ending): { trouble: string; mustRegister: boolean } {
  const { httpStatus, code, reason } = ending;
  if (httpStatus !== undefined) {
    // Refused before the upgrade: the token is old, or the bridge is gone. Registering tells.
    return { trouble: reason, mustRegister: httpStatus < 500 && httpStatus !== 429 };
  }
  const then = afterClose(code);
  if (then === 'stop') throw stopped(ending);
  return { trouble: reason || `the connection ended (${code})`, mustRegister: then === 'renew' };
}
