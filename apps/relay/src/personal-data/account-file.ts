import {
  accountSettings,
  apiKey,
  auditEvent,
  bridgeMessage,
  bridgeStatus,
  DEFAULT_SETTINGS,
  proxyStatus,
  pushSubscription,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { exportFile } from '../chat/transfer/export-file.ts';

const account = z
  .object({
    profile: z.object({
      userId: z.string(),
      name: z.string(),
      email: z.string().nullable(),
      created: z.iso.datetime(),
    }),
    settings: accountSettings,
    computers: z.array(bridgeStatus),
    keys: z.array(apiKey).meta({ description: 'Without their secrets, which the relay does not know.' }),
    pushSubscriptions: z.array(pushSubscription).meta({ description: 'Browsers that get notices.' }),
    proxies: z.array(proxyStatus).meta({ description: 'Those that run and those that have ended.' }),
    auditEvents: z.array(auditEvent),
    queuedMessages: z
      .array(bridgeMessage.extend({ payload: z.unknown().meta({ description: 'What was asked.' }) }))
      .meta({ description: 'Messages of the queues of all computers.' }),
    unsentFiles: z
      .array(
        z.object({
          name: z.string(),
          type: z.string(),
          created: z.iso.datetime(),
          base64: z.string().meta({ description: 'Its bytes.' }),
        }),
      )
      .meta({ description: 'Attachments that no message has.' }),
  })
  .meta({ id: 'ExportedAccount' });

/** A file of `GET /api/me/export`. */
export const accountFile = exportFile.extend({ account }).meta({
  id: 'AccountFile',
  examples: [
    {
      ...exportExample(),
      account: {
        profile: { userId: 'auth0|65b1c2', name: 'Ada', email: null, created: '2025-06-20T16:00:00.000Z' },
        settings: DEFAULT_SETTINGS,
        computers: [],
        keys: [],
        pushSubscriptions: [],
        proxies: [],
        auditEvents: [],
        queuedMessages: [],
        unsentFiles: [],
      },
    },
  ],
});

/** Of conversations alone. */
function exportExample(): z.infer<typeof exportFile> {
  const examples: unknown = exportFile.meta()?.examples;
  return exportFile.parse(Array.isArray(examples) ? examples[0] : undefined);
}
