import { z } from 'zod';
import { generationOptions } from './generation-options.ts';
import { MAX_CONTENT_CHARACTERS } from './messages.ts';

const fields = {
  theme: z.enum(['system', 'light', 'dark']),
  textSize: z.enum(['small', 'normal', 'large', 'larger']),
  language: z.enum(['system', 'en', 'de']),
  defaultModel: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .nullable()
    .meta({ description: 'Of new conversations; null = none.' }),
  systemPrompt: z.string().max(MAX_CONTENT_CHARACTERS).meta({ description: 'Of new conversations.' }),
  options: generationOptions.meta({ description: 'Of new conversations.' }),
  sendKey: z.enum(['enter', 'mod-enter']).meta({ description: '`mod` is Command on a Mac, Ctrl elsewhere.' }),
  guideDone: z.boolean().meta({ description: 'The guide of the first minute was finished or skipped.' }),
};
const notices = {
  answers: z.boolean().meta({ description: 'When an answer ends that none of your devices shows.' }),
  computers: z.boolean().meta({ description: 'When one of your computers goes offline.' }),
};

/** What a person chose for all their devices. */
export const accountSettings = z.object({ ...fields, notifications: z.object(notices) }).meta({
  id: 'AccountSettings',
  examples: [
    {
      theme: 'dark',
      textSize: 'normal',
      language: 'de',
      defaultModel: 'llama3.2:1b',
      systemPrompt: '',
      options: { temperature: 0.7 },
      sendKey: 'enter',
      notifications: { answers: true, computers: false },
      guideDone: true,
    },
  ],
});
export type AccountSettings = z.infer<typeof accountSettings>;

export const DEFAULT_SETTINGS: AccountSettings = {
  theme: 'system',
  textSize: 'normal',
  language: 'system',
  defaultModel: null,
  systemPrompt: '',
  options: {},
  sendKey: 'enter',
  notifications: { answers: false, computers: false },
  guideDone: false,
};

/** `PATCH /api/settings`: what is absent stays, null is the default again. */
export const updateSettingsRequest = z
  .object({
    theme: fields.theme.nullable(),
    textSize: fields.textSize.nullable(),
    language: fields.language.nullable(),
    defaultModel: fields.defaultModel,
    systemPrompt: fields.systemPrompt.nullable(),
    options: fields.options.nullable().meta({ description: 'All of them.' }),
    sendKey: fields.sendKey.nullable(),
    notifications: z.object(notices).partial().nullable(),
    guideDone: fields.guideDone.nullable(),
  })
  .partial()
  .meta({
    id: 'UpdateSettingsRequest',
    examples: [{ theme: 'dark', notifications: { answers: true }, defaultModel: null }],
  });
export type UpdateSettingsRequest = z.infer<typeof updateSettingsRequest>;

/** `GET /api/settings`. */
export const settingsAnswer = z
  .object({ settings: accountSettings })
  .meta({ id: 'SettingsAnswer', examples: [{ settings: DEFAULT_SETTINGS }] });
export type SettingsAnswer = z.infer<typeof settingsAnswer>;

export const settingsChanged = z
  .object({ success: z.literal(true), settings: accountSettings })
  .meta({ id: 'SettingsChanged', examples: [{ success: true, settings: { ...DEFAULT_SETTINGS, theme: 'dark' } }] });
export type SettingsChanged = z.infer<typeof settingsChanged>;
