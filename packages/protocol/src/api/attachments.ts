import { z } from 'zod';
import { attachmentId, EXAMPLE_UUID } from '../ids.ts';

/** What vision models take. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const;
export const MAX_IMAGE_BYTES = 10 * 1024 * 1024;
/** Text is put into the prompt as it is. Any `text/*` type, and these. */
export const TEXT_TYPES = ['application/json', 'application/xml', 'application/yaml', 'application/toml'] as const;
export const MAX_TEXT_BYTES = 512 * 1024;

/** `POST /api/chat/attachments?name=…` with the bytes as body and their Content-Type. */
export const createAttachmentQuery = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .meta({ examples: ['cat.png'] }),
});

const exampleAttachment = {
  id: `file-${EXAMPLE_UUID}`,
  name: 'cat.png',
  type: 'image/png',
  kind: 'image',
  size: 48_213,
  created: '2025-06-20T16:29:00.000Z',
};

export const attachment = z
  .object({
    id: attachmentId,
    name: z.string(),
    type: z.string().meta({ description: 'Its media type.' }),
    kind: z.enum(['image', 'text']),
    size: z.int().meta({ description: 'In bytes.' }),
    created: z.iso.datetime(),
  })
  .meta({ id: 'Attachment', examples: [exampleAttachment] });
export type Attachment = z.infer<typeof attachment>;

export const attachmentResponse = z
  .object({ success: z.literal(true), attachment })
  .meta({ id: 'AttachmentResponse', examples: [{ success: true, attachment: exampleAttachment }] });
export type AttachmentResponse = z.infer<typeof attachmentResponse>;
