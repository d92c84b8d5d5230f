import type { Attachment, AttachmentResponse } from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions } from './account.ts';
import type { Bytes, Transport } from './transport.ts';

export type AttachmentCalls = ReturnType<typeof attachmentCalls>;

/** Images and texts that go with a question. */
export function attachmentCalls(transport: Transport) {
  return {
    /** Stores a file, to be named in `messages.send`; `type` is its media type. */
    upload: async (
      file: { name: string; type: string; content: Bytes },
      options: CreateOptions = {},
    ): Promise<Attachment> => {
      const { name, type, content } = file;
      const request = { ...options, query: { name }, bytes: { content, type } };
      return (await transport.create<AttachmentResponse>(PATH, request)).attachment;
    },
    /** Its bytes; for an `img`, make an object URL of them, since the relay wants the token in a header. */
    bytes: (attachmentId: string, options: CallOptions = {}): Promise<Blob> =>
      transport.blob('GET', attachmentPath(attachmentId), options),
    /** Deletes a file that no message uses; the others go with their conversation. */
    delete: async (attachmentId: string, options: CallOptions = {}): Promise<void> => {
      await transport.json<unknown>('DELETE', attachmentPath(attachmentId), options);
    },
  };
}

const PATH = '/api/chat/attachments';

function attachmentPath(attachmentId: string): string {
  return `${PATH}/${encodeURIComponent(attachmentId)}`;
}
