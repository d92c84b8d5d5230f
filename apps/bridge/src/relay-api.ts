import {
  apiError,
  authConfig,
  bridgeList,
  bridgeStatus,
  me,
  registerBridgeResponse,
  type AuthConfig,
  type BridgeList,
  type BridgeStatus,
  type Me,
  type RegisterBridgeRequest,
  type RegisterBridgeResponse,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { askHttp, type HttpAnswer } from './network/ask-http.ts';
import { proxyTrouble } from './network/open-way.ts';

const TIMEOUT_MS = 15_000;
/** More than any answer has: a relay is not trusted to stop. */
const MAX_BODY_BYTES = 256 * 1024;
/** In an answer: some for each computer of a person. Of each that is wrong the parser says so, for each of its fields. */
const MAX_OBJECTS = 5_000;
/** Of what a relay says is wrong: it is shown, kept and logged. */
const MAX_MESSAGE_CHARACTERS = 500;

/** The relay answered with an error, or not at all (`status` 0). */
export class RelayApiError extends Error {
  override readonly name = 'RelayApiError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }

  /** True when it may go better later: no answer, overload, a fault of the relay. */
  shouldRetry(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** The calls of the relay's API that a bridge makes. All throw RelayApiError. */
export const relayApi = {
  authConfig(relay: string): Promise<AuthConfig> {
    return call(relay, '/api/auth/config', authConfig);
  },
  register(relay: string, accessToken: string, request: RegisterBridgeRequest): Promise<RegisterBridgeResponse> {
    return call(relay, '/api/bridge/register', registerBridgeResponse, accessToken, { body: request });
  },
  me(relay: string, accessToken: string): Promise<Me> {
    return call(relay, '/api/me', me, accessToken);
  },
  bridges(relay: string, accessToken: string): Promise<BridgeList> {
    return call(relay, '/api/bridge', bridgeList, accessToken);
  },
  status(relay: string, accessToken: string, bridgeId: string): Promise<BridgeStatus> {
    return call(relay, `/api/bridge/${encodeURIComponent(bridgeId)}/status`, bridgeStatus, accessToken);
  },
  /** Removes the bridge: its connection is closed, and its session is worthless. */
  async remove(relay: string, accessToken: string, bridgeId: string): Promise<void> {
    await call(relay, `/api/bridge/${encodeURIComponent(bridgeId)}`, z.object({}), accessToken, { method: 'DELETE' });
  },
};

async function call<Schema extends z.ZodType>(
  relay: string,
  path: string,
  schema: Schema,
  token?: string,
  { method, body }: { method?: 'DELETE'; body?: object } = {},
): Promise<z.infer<Schema>> {
  let answer: HttpAnswer;
  try {
    answer = await askHttp(new URL(path, relay), {
      method: method ?? (body && 'POST'),
      headers: {
        accept: 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BODY_BYTES,
    });
    if (answer.status >= 300 && answer.status < 400) {
      throw new Error(`the answer is a redirect (${answer.status}), which is not followed`);
    }
  } catch (cause) {
    const reason = (await proxyTrouble(relay)) ?? reasonOf(cause);
    throw new RelayApiError(0, `Cannot reach the relay at ${relay}: ${reason}`, { cause });
  }
  const { status, text } = answer;
  if (status < 200 || status > 299) throw new RelayApiError(status, describe(text) ?? wordless(relay, status));
  try {
    if (text.split('{', MAX_OBJECTS + 2).length > MAX_OBJECTS + 1) throw new Error('the answer has too many parts');
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RelayApiError(status, `What answers at ${relay} is not a CloudToLocalLLM relay of this version.`, {
      cause,
    });
  }
}

/** An error that is not in a relay's words: an address that is another program's, or something on the way. */
function wordless(relay: string, status: number): string {
  return status === 404
    ? `What answers at ${relay} is not a CloudToLocalLLM relay (it answered 404): is the address right?`
    : `The relay at ${relay} answered ${status}.`;
}

function describe(text: string): string | undefined {
  try {
    return apiError.parse(JSON.parse(text)).message.slice(0, MAX_MESSAGE_CHARACTERS);
  } catch {
    return undefined;
  }
}

/** Why a request failed: `fetch` hides that in the cause, and several addresses that all failed have no message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code); // as: of the system
}
