import { settingsAnswer, settingsChanged, updateSettingsRequest } from '@cloudtolocalllm/protocol';
import type { Api } from '../api.ts';
import type { UserEvents } from '../fabric/user-events.ts';
import type { AccountSettingsStore } from './account-settings-store.ts';

export interface SettingsRoutesOptions {
  accountSettings: AccountSettingsStore;
  events: Pick<UserEvents, 'publish'>;
}

/** `/api/settings`: what a person chose for all their devices. */
export function settingsRoutes(api: Api, { accountSettings, events }: SettingsRoutesOptions): void {
  const config = { access: 'account' } as const;
  const reading = {
    operationId: 'getSettings',
    summary: 'Your settings',
    description: 'What you chose for all your devices, with the defaults of the rest.',
    tags: ['Account'],
    response: { 200: settingsAnswer },
  };
  api.get('/api/settings', { config, schema: reading }, async ({ user }) => ({
    settings: await accountSettings.get(user.id),
  }));

  const changing = {
    operationId: 'updateSettings',
    summary: 'Change your settings',
    description: 'What is absent stays, null is the default again. Your other devices are told at once.',
    tags: ['Account'],
    body: updateSettingsRequest,
    response: { 200: settingsChanged },
  };
  api.patch('/api/settings', { config, schema: changing }, async ({ user, body }) => {
    const settings = await accountSettings.change(user.id, body);
    events.publish(user.id, { type: 'settings' });
    return { success: true as const, settings };
  });
}
