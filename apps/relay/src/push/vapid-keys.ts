import webPush, { type VapidKeys } from 'web-push';
import { z } from 'zod';
import type { SettingsStore } from '../storage/settings-store.ts';

const SETTING = 'push_vapid_keys';
const stored = z.object({ publicKey: z.string(), privateKey: z.string() });

/** The keys by which push services know this relay (RFC 8292), made once: subscriptions are bound to them. */
export async function loadVapidKeys(settings: SettingsStore): Promise<VapidKeys> {
  const text = await settings.getOrCreate(SETTING, () => JSON.stringify(webPush.generateVAPIDKeys()));
  return stored.parse(JSON.parse(text));
}
