import { PROTOCOL_VERSION } from '@cloudtolocalllm/protocol';
import { BridgeError } from '../bridge-error.ts';
import { relayApi, RelayApiError } from '../relay-api.ts';
import { newerVersion } from '../update/newer-version.ts';
import { VERSION } from '../version.ts';
import { failed, ok, warning, type Check, type Facts } from './check.ts';
import { NO_RELAY } from './local-checks.ts';
import { judgeWebSocket } from './web-socket-check.ts';

/** Tokens are judged by the clock: a difference like this ends sign-ins early or refuses them. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;
const ISSUER_TIMEOUT_MS = 5_000;

/** Checks of the relay itself, and of this person there. */
export const relayChecks: readonly Check[] = [
  {
    id: 'relay',
    title: 'Relay',
    needs: ['tls'],
    async run(facts) {
      if (facts.relay === undefined) return NO_RELAY;
      const auth = await relayApi.authConfig(facts.relay).catch((error: unknown) => {
        if (!(error instanceof RelayApiError) || error.shouldRetry()) throw error;
        return failed(
          error.message,
          'If the address is wrong, sign in with the right one: cloudtolocalllm login --relay …',
        );
      });
      if ('status' in auth) return auth;
      facts.auth = auth;
      const { version, protocolVersion } = auth;
      if (protocolVersion !== undefined && protocolVersion !== PROTOCOL_VERSION) {
        return failed(
          `speaks version ${protocolVersion} of the protocol, this program ${PROTOCOL_VERSION}`,
          protocolVersion > PROTOCOL_VERSION ? 'Update this program.' : 'Ask whoever runs the relay to update it.',
        );
      }
      await learnClock(facts);
      const newer = newerVersion(version, VERSION);
      return ok(`version ${version ?? 'unknown'}${newer ? `, newer than this program's ${VERSION}` : ''}`);
    },
  },
  {
    id: 'clock',
    title: 'Clock',
    needs: ['relay'],
    async run({ clockAheadMs }) {
      if (clockAheadMs === undefined) return warning('the relay does not tell the time', 'Nothing has to be done.');
      const seconds = Math.round(clockAheadMs / 1000);
      if (Math.abs(clockAheadMs) <= MAX_CLOCK_DIFFERENCE_MS) return ok(`within a minute of the relay's`);
      const direction = seconds > 0 ? 'behind' : 'ahead of';
      return warning(
        `this computer is ${Math.abs(seconds)} s ${direction} the relay`,
        "Let this computer set its clock by the network; if it does, the relay's is wrong.",
      );
    },
  },
  {
    id: 'sign-in',
    title: 'Sign-in',
    needs: ['credentials', 'relay'],
    async run(facts) {
      const { account, relay } = facts;
      if (!account || relay === undefined) return NO_RELAY;
      try {
        const who = await asPerson(facts, (token) => relayApi.me(relay, token));
        facts.userId = who.userId;
        facts.userName = who.name;
        const { accessTokenExpires, refreshToken, issuer } = account.credentials;
        const found = `as ${who.name ?? who.userId}, token good until ${new Date(accessTokenExpires).toISOString()}`;
        if (refreshToken === undefined) {
          return warning(`${found}, and can't be renewed`, 'Sign in again with: cloudtolocalllm login');
        }
        const trouble = await issuerTrouble(issuer);
        return trouble === undefined
          ? ok(found)
          : warning(`${found}; the sign-in service at ${issuer} can't be reached: ${trouble}`, 'Look again later.');
      } catch (error) {
        if (error instanceof BridgeError) {
          return failed(error.code === 'not_signed_in' ? 'signed out' : error.message, LOGIN);
        }
        if (error instanceof RelayApiError && error.status === 401) return failed('signed out', LOGIN);
        throw error;
      }
    },
  },
  {
    id: 'websocket',
    title: 'WebSocket',
    needs: ['sign-in'],
    run: (facts) => judgeWebSocket(facts),
  },
];

const LOGIN = 'Sign in again with: cloudtolocalllm login';

/** Calls the relay with this person's token, once more with a new one when it was refused. */
export async function asPerson<Result>({ account }: Facts, call: (token: string) => Promise<Result>): Promise<Result> {
  if (!account) throw new BridgeError('not_signed_in', LOGIN);
  try {
    return await call(await account.accessToken());
  } catch (error) {
    if (!(error instanceof RelayApiError) || error.status !== 401) throw error;
    account.expire();
    return call(await account.accessToken());
  }
}

async function learnClock(facts: Facts): Promise<void> {
  const sent = Date.now();
  const response = await fetch(new URL('/api/health', facts.relay), {
    redirect: 'error',
    signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS),
  });
  await response.body?.cancel();
  const date = Date.parse(response.headers.get('date') ?? '');
  // The header is in whole seconds, cut off: on average half of one is missing.
  if (!Number.isNaN(date)) facts.clockAheadMs = date + 500 - (sent + Date.now()) / 2;
}

async function issuerTrouble(issuer: string): Promise<string | undefined> {
  try {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok ? undefined : `it answers ${response.status}`;
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  }
}
