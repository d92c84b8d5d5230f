import { z } from 'zod';

/** What has to be said to delete everything, so that no slip of a client does it. */
export const ERASE_WORDS = 'delete everything';

/** `DELETE /api/me`. */
export const eraseRequest = z
  .object({ confirm: z.literal(ERASE_WORDS, `must be "${ERASE_WORDS}"`) })
  .meta({ id: 'EraseRequest', examples: [{ confirm: ERASE_WORDS }] });
export type EraseRequest = z.infer<typeof eraseRequest>;

const count = z.int().min(0);

/** How many of each there were. */
export const eraseAnswer = z
  .object({
    success: z.literal(true),
    message: z.string().meta({ description: 'For people: what is gone, and what is still there.' }),
    deleted: z.object({
      conversations: count,
      messages: count,
      attachments: count,
      computers: count,
      queuedMessages: count,
      keys: count,
      proxies: count,
      pushSubscriptions: count,
      auditEvents: count,
    }),
  })
  .meta({
    id: 'EraseAnswer',
    examples: [
      {
        success: true,
        message: 'Everything of your account is deleted.',
        deleted: {
          conversations: 12,
          messages: 240,
          attachments: 3,
          computers: 2,
          queuedMessages: 0,
          keys: 1,
          proxies: 4,
          pushSubscriptions: 1,
          auditEvents: 57,
        },
      },
    ],
  });
export type EraseAnswer = z.infer<typeof eraseAnswer>;
