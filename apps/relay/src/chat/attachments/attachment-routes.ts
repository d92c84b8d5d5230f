import type { IncomingMessage } from 'node:http';
import {
  apiError,
  type Attachment,
  attachmentId,
  attachmentResponse,
  createAttachmentQuery,
  IMAGE_TYPES,
  MAX_IMAGE_BYTES,
  newId,
  TEXT_TYPES,
} from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api } from '../../api.ts';
import { RelayError } from '../../errors.ts';
import { HeldBodies, type HeldBodiesLimits } from '../../gateway/held-bodies.ts';
import type { RelayDatabase } from '../../storage/database.ts';
import type { AttachmentRow } from '../../storage/tables.ts';
import { addAttachment, type AttachmentLimits } from './add-attachment.ts';
import { asBuffer, attachmentStore, isImage, toAttachment } from './attachment-store.ts';
import { attachmentType, checkContent } from './attachment-type.ts';

export interface AttachmentRoutesOptions {
  database: RelayDatabase;
  attachmentLimits?: AttachmentLimits | undefined;
}

/** Files that are being uploaded are in memory; the largest at 70 KB a second. */
const UPLOAD_LIMITS: HeldBodiesLimits = {
  bodyBytes: MAX_IMAGE_BYTES,
  totalBytes: 128 * 1024 * 1024,
  bodyMs: 150_000,
};

const path = '/api/chat/attachments';
const params = z.object({ attachmentId });
const bytes = z.any().meta({ type: 'string', format: 'binary', examples: ['The bytes of the file.'] });
/** As the document lists them; any text is taken. */
const BODY_TYPES = [...IMAGE_TYPES, 'text/plain', ...TEXT_TYPES];
const attachmentDeleted = z
  .object({ success: z.literal(true) })
  .meta({ id: 'AttachmentDeleted', examples: [{ success: true }] });

/** Files for messages. In a scope of its own: bodies here are bytes, not JSON. */
export async function attachmentRoutes(
  api: Api,
  { database, attachmentLimits }: AttachmentRoutesOptions,
): Promise<void> {
  const store = attachmentStore(database.kysely);
  const uploads = new HeldBodies(UPLOAD_LIMITS, 'that a file may have');

  api.removeAllContentTypeParsers();
  // A body counts as held until its answer ends; parsers get no reply.
  const replies = new WeakMap<FastifyRequest, FastifyReply>();
  api.addHook('onRequest', async (request, reply) => void replies.set(request, reply));
  api.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    attachmentType(request.headers['content-type']);
    return uploads.read(payload, replies.get(request)!.raw); // the hook has seen it
  });

  async function required(userId: string, id: string): Promise<AttachmentRow> {
    const attachment = await store.get(userId, id);
    if (!attachment) throw notFound();
    return attachment;
  }

  api.post(
    path,
    {
      config: { access: 'chat', stream: true, idempotent: 'file' },
      schema: {
        operationId: 'createAttachment',
        summary: 'Upload a file for a message',
        description:
          'The body is the file: an image (PNG, JPEG, WebP, GIF; up to 10 MB) or text in UTF-8 (up to 512 KB), as ' +
          'Content-Type says. Name its id in `attachments` of a message within a day.',
        tags: ['Chat'],
        querystring: createAttachmentQuery,
        consumes: BODY_TYPES,
        body: bytes,
        response: { 200: attachmentResponse },
      },
    },
    async (request): Promise<{ success: true; attachment: Attachment }> => {
      const user_id = request.user.id;
      const id = request.resourceId ?? newId('file');
      const earlier = request.isRetry ? await store.get(user_id, id) : undefined;
      if (earlier) return { success: true, attachment: toAttachment(earlier) };
      const type = attachmentType(request.headers['content-type']);
      const content = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      checkContent(type, content);
      const name = request.query.name.toWellFormed();
      const file = { id, user_id, name, type, created: new Date().toISOString(), bytes: content };
      const attachment = await addAttachment({ database, store }, file, attachmentLimits);
      return { success: true, attachment: toAttachment(attachment) };
    },
  );

  api.get(
    `${path}/:attachmentId`,
    {
      config: { access: 'chat' },
      schema: {
        operationId: 'getAttachment',
        summary: 'Get the bytes of a file',
        tags: ['Chat'],
        params,
        response: {
          200: { description: 'The file.', content: { '*/*': { schema: bytes } } },
        },
      },
    },
    async (request, reply) => {
      const attachment = await required(request.user.id, request.params.attachmentId);
      const tag = `"${attachment.hash}"`;
      // Asked for again each time: whoever uses this browser next is somebody else.
      void reply.header('etag', tag).header('cache-control', 'private, no-cache').header('vary', 'authorization');
      if (request.headers['if-none-match'] === tag) return sendUnchanged(reply);
      const content = await store.bytes(request.user.id, attachment.hash);
      if (!content) throw notFound();
      return sendFile(reply, attachment, asBuffer(content));
    },
  );

  api.delete(
    `${path}/:attachmentId`,
    {
      config: { access: 'chat' },
      schema: {
        operationId: 'deleteAttachment',
        summary: 'Delete a file that no message uses',
        tags: ['Chat'],
        params,
        response: { 200: attachmentDeleted, 409: apiError },
      },
    },
    async (request) => {
      const attachment = await required(request.user.id, request.params.attachmentId);
      await database.batch(store.removed(attachment));
      if (await store.get(request.user.id, attachment.id)) {
        throw new RelayError('conflict', 'Cannot delete the file: a message uses it. It goes with its conversation.');
      }
      return { success: true as const };
    },
  );
}

function sendUnchanged(reply: FastifyReply): FastifyReply {
  return reply.code(304).send();
}

/** Whatever it holds, no browser runs it. */
function sendFile(reply: FastifyReply, { type, name }: AttachmentRow, content: Buffer): FastifyReply {
  const disposition = isImage(type) ? 'inline' : 'attachment';
  return reply
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('x-content-type-options', 'nosniff')
    .header('content-disposition', `${disposition}; filename*=UTF-8''${encodeName(name)}`)
    .type(isImage(type) ? type : `${type}; charset=utf-8`)
    .send(content);
}

function notFound(): RelayError {
  return new RelayError('not_found', 'There is no such attachment.');
}

/** As RFC 8187 wants it in a header. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
