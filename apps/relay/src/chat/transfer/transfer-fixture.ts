import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { conversationList, type ImportStatus, importStatus, messageList } from '@cloudtolocalllm/protocol';
import { startTestRelay, type TestRelay } from '../../test-relay.ts';
import { exportFile } from './export-file.ts';

/** For tests of exporting and importing alone: people with tokens of their own at a whole relay. */
export interface Person {
  id: string;
  get(path: string): Promise<Response>;
  /** Imports a file and waits for its end. */
  import(file: unknown): Promise<ImportStatus>;
  post(body: string, headers?: Record<string, string>): Promise<Response>;
}

export async function person({ url, context, tokenFor }: TestRelay, id: string): Promise<Person> {
  const created = '2026-01-01T00:00:00.000Z';
  await context.database.kysely
    .insertInto('users')
    .values({ id, name: id, created })
    .onConflict((on) => on.doNothing())
    .execute();
  const authorization = `Bearer ${await tokenFor(id)}`;
  const get = (path: string) => fetch(`${url}/api/chat${path}`, { headers: { authorization } });
  const post: Person['post'] = (body, headers = {}) =>
    fetch(`${url}/api/chat/import`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body,
    });
  return {
    id,
    get,
    post,
    async import(file) {
      const response = await post(typeof file === 'string' ? file : JSON.stringify(file));
      assert.equal(response.status, 200, await response.clone().text());
      let status = importStatus.parse(await response.json());
      while (status.status === 'running') {
        await sleep(5);
        status = importStatus.parse(await (await get(`/import/${status.importId}`)).json());
      }
      return status;
    },
  };
}

export async function people(t: TestContext): Promise<{ relay: TestRelay; ada: Person; bob: Person }> {
  const relay = await startTestRelay(t);
  return { relay, ada: await person(relay, 'ada'), bob: await person(relay, 'bob') };
}

/** A person's conversations with the messages of all branches. */
export async function everything({ get }: Person) {
  const all = [];
  for (const archived of [false, true]) {
    const { conversations } = conversationList.parse(
      await (await get(`/conversations?sort=created_desc&archived=${archived}`)).json(),
    );
    for (const conversation of conversations) {
      const { messages } = messageList.parse(
        await (await get(`/conversations/${conversation.id}/messages?branches=all`)).json(),
      );
      all.push({ ...conversation, messages });
    }
  }
  return all;
}

/** A file of ours without the ids, which are made anew: places instead. */
export function withoutIds(file: unknown) {
  const { conversations } = exportFile.parse(file);
  for (const conversation of conversations) {
    const place = (id: string) => String(conversation.messages.findIndex((message) => message.id === id));
    const parents = conversation.messages.map(({ parentId }) => parentId && place(parentId));
    if (conversation.currentMessageId !== undefined)
      conversation.currentMessageId = place(conversation.currentMessageId);
    conversation.id = '';
    for (const [index, message] of conversation.messages.entries()) {
      Object.assign(message, { id: String(index), parentId: parents[index] });
    }
  }
  return conversations;
}

export const counts = ({ status, total, imported, skipped, failed }: ImportStatus) => ({
  status,
  total,
  imported,
  skipped,
  failed,
});
