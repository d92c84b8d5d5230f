import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, MAX_ATTACHMENTS_PER_MESSAGE, MAX_TEXT_BYTES, type Attachment } from '@cloudtolocalllm/sdk';
import { en } from '../texts/en.ts';
import { createAttachments } from './attachments.ts';
import { settled } from './chat-fixture.ts';

function setUp({ refuses = false } = {}) {
  const uploaded: string[] = [];
  const previews = new Set<string>();
  const attachments = createAttachments({
    upload: async ({ name, type }): Promise<Attachment> => {
      if (refuses) throw new ApiError('no', { status: 415, code: 'unsupported_media_type' });
      uploaded.push(`${name} ${type}`);
      return { id: `file-${name}`, name, type, kind: 'text', size: 1, created: '2026-01-01T00:00:00.000Z' };
    },
    urls: {
      createObjectURL: () => {
        const url = `blob:${previews.size}`;
        previews.add(url);
        return url;
      },
      revokeObjectURL: (url) => void previews.delete(url),
    },
    texts: { get: () => en },
  });
  const problems = () => (attachments.get()['new'] ?? []).map(({ problem }) => problem);
  return { attachments, uploaded, previews, problems };
}

test('sends files as soon as they are picked, and hands them over once', async () => {
  const { attachments, uploaded, previews } = setUp();
  attachments.add('new', [new File(['x'], 'cat.png', { type: 'image/png' }), new File(['x'], 'main.rs')]);
  assert.equal(previews.size, 1);
  await settled();
  assert.deepEqual(uploaded, ['cat.png image/png', 'main.rs text/plain']);
  assert.deepEqual(
    attachments.take('new').map(({ id }) => id),
    ['file-cat.png', 'file-main.rs'],
  );
  assert.equal(previews.size, 0);
  assert.deepEqual(attachments.take('new'), []);
});

test('says what can’t be sent, without sending it', async () => {
  const { attachments, uploaded, problems } = setUp();
  attachments.add('new', [
    new File(['x'], 'a.zip', { type: 'application/zip' }),
    new File(['x'.repeat(MAX_TEXT_BYTES + 1)], 'a.txt', { type: 'text/plain' }),
    new File([], 'b.txt', { type: 'text/plain' }),
  ]);
  await settled();
  assert.deepEqual(problems(), ['Only images and text files can be sent', 'Larger than 512 KB', 'The file is empty']);
  assert.deepEqual(uploaded, []);
});

test('takes no more files than a message may have', async () => {
  const { attachments, problems } = setUp();
  const files = Array.from({ length: MAX_ATTACHMENTS_PER_MESSAGE + 1 }, (_, index) => new File(['x'], `${index}.txt`));
  attachments.add('new', files);
  await settled();
  assert.equal(problems().at(-1), 'No more than 8 files');
});

test('a file that the relay refuses is not sent with the question', async () => {
  const { attachments, problems } = setUp({ refuses: true });
  attachments.add('new', [new File(['x'], 'a.txt')]);
  await settled();
  assert.equal(problems().length, 1);
  assert.deepEqual(attachments.take('new'), []);
});

test('files move to the thread that the new one became, also while they are sent', async () => {
  const { attachments } = setUp();
  attachments.add('new', [new File(['x'], 'main.rs')]);
  attachments.move('new', 'conv-1');
  await settled();
  assert.equal(attachments.get()['new'], undefined);
  assert.deepEqual(
    attachments.take('conv-1').map(({ id }) => id),
    ['file-main.rs'],
  );
});

test('files that could not be sent go with the next question, unless they are sent after all', async () => {
  const { attachments } = setUp();
  attachments.add('new', [new File(['x'], 'main.rs')]);
  await settled();
  const files = attachments.take('new');
  attachments.putBack('new', files);
  assert.deepEqual(attachments.take('new'), files);
  attachments.putBack('new', files);
  attachments.takeBack('new', files);
  assert.deepEqual(attachments.take('new'), []);
});
