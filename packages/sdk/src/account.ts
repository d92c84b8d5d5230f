import type {
  AccountSettings,
  AuthConfig,
  EraseAnswer,
  EraseRequest,
  LimitsInUse,
  Me,
  SettingsAnswer,
  SettingsChanged,
  UpdateSettingsRequest,
} from '@cloudtolocalllm/protocol';
import type { Transport } from './transport.ts';

export type CallOptions = { signal?: AbortSignal };

/**
 * Of what creates something: a UUID of its own for each call when absent. One that was kept over a restart of the program
 * makes the same call again the same thing.
 */
export type KeyOptions = { idempotencyKey?: string };
export type CreateOptions = CallOptions & KeyOptions;

export type AccountCalls = ReturnType<typeof accountCalls>;

export function accountCalls(transport: Transport) {
  return {
    /** Who the token belongs to. */
    me: (options: CallOptions = {}): Promise<Me> => transport.json<Me>('GET', '/api/me', options),
    /** All that the relay has of the person, as one file; `transfer.import` takes its conversations. */
    exportAll: ({ signal }: CallOptions = {}): Promise<Blob> => transport.blob('GET', '/api/me/export', { signal }),
    /** Deletes all that the relay has of the person, for good; `confirm` must be `delete everything`. */
    deleteEverything: (
      confirm: EraseRequest['confirm'],
      options: CallOptions = {},
    ): Promise<Pick<EraseAnswer, 'message' | 'deleted'>> =>
      transport.json<EraseAnswer>('DELETE', '/api/me', { ...options, body: { confirm } }),
    /** How much of the person's limits is in use. */
    limits: (options: CallOptions = {}): Promise<LimitsInUse> =>
      transport.json<LimitsInUse>('GET', '/api/me/limits', options),
    /** What is needed to sign in; public. */
    authConfig: (options: CallOptions = {}): Promise<AuthConfig> =>
      transport.json<AuthConfig>('GET', '/api/auth/config', { ...options, authorize: false }),
    /** What the person chose for all their devices; a change comes on `realtime.status` as `settings`. */
    settings: async (options: CallOptions = {}): Promise<AccountSettings> =>
      (await transport.json<SettingsAnswer>('GET', SETTINGS_PATH, options)).settings,
    /** Changes what is named; null is the default again. */
    changeSettings: async (changes: UpdateSettingsRequest, options: CallOptions = {}): Promise<AccountSettings> =>
      (await transport.json<SettingsChanged>('PATCH', SETTINGS_PATH, { ...options, body: changes })).settings,
  };
}

const SETTINGS_PATH = '/api/settings';
