import type { AttachmentResponse } from '@cloudtolocalllm/protocol';
import type { ChatFixture } from '../chat-fixture.ts';

/** The smallest beginnings that files of these types have. */
export const PNG = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1');
export const JPEG = Buffer.from('\xff\xd8\xff\xe0 and so on', 'latin1');
export const GIF = Buffer.from('GIF89a and so on', 'latin1');
export const WEBP = Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8 and so on', 'latin1');

export interface Upload {
  bytes: Buffer | string;
  type?: string | undefined;
  name?: string;
  user?: string;
  headers?: Record<string, string>;
}

/** Sends a file as its body. */
export function upload({ url }: ChatFixture, { bytes, type, name = 'a file', user = 'ada', headers }: Upload) {
  return fetch(`${url}/api/chat/attachments?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'x-user': user, ...(type !== undefined && { 'content-type': type }), ...headers },
    body: new Blob([bytes]),
  });
}

/** The id that a file got. */
export async function uploaded(chat: ChatFixture, file: Upload): Promise<string> {
  const response = await upload(chat, file);
  if (response.status !== 200) throw new Error(await response.text());
  return ((await response.json()) as AttachmentResponse).attachment.id; // as: it was accepted
}
