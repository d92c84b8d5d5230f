import { type AccountSettings, accountSettings, DEFAULT_SETTINGS } from '@cloudtolocalllm/protocol';

/**
 * What is stored of a person's settings. What another version of the relay wrote and this one doesn't know, or knows
 * otherwise, is as if it had not been chosen.
 */
export function readChosen(text: string | undefined): Partial<AccountSettings> {
  const stored = objectIn(text);
  const chosen = Object.entries(accountSettings.shape).flatMap(([name, schema]) => {
    const parsed = schema.safeParse(name in stored ? stored[name] : undefined);
    return parsed.success ? [[name, parsed.data]] : [];
  });
  // as: each has passed the schema of its name
  return Object.fromEntries(chosen) as Partial<AccountSettings>;
}

/** All of them, with defaults. */
export function settingsOf(chosen: Partial<AccountSettings>): AccountSettings {
  return { ...DEFAULT_SETTINGS, ...chosen };
}

function objectIn(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    // as: an object's fields are all that is looked at
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
