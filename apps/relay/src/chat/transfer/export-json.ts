import type { ConversationRow, MessageRow } from '../../storage/tables.ts';
import { toMessage } from '../message-store.ts';
import { EXPORT_FORMAT, EXPORT_VERSION, type ExportedMessage } from './export-file.ts';
import type { ExportStore } from './export-store.ts';

/** `exportFile` in pieces: one for each message, so that a client that reads slowly holds up nothing but itself. */
export async function* exportJson(
  store: ExportStore,
  userId: string,
  conversations: AsyncIterable<ConversationRow>,
  exported: string,
): AsyncGenerator<string, void, undefined> {
  yield exportHead(exported);
  yield* exportList(store, userId, conversations);
  yield '}\n';
}

/** How the file begins, until the list of its conversations. */
export function exportHead(exported: string): string {
  const head = JSON.stringify({ format: EXPORT_FORMAT, version: EXPORT_VERSION, exported });
  return `${head.slice(0, -1)},"conversations":`;
}

/** The list itself, in pieces. */
export async function* exportList(
  store: ExportStore,
  userId: string,
  conversations: AsyncIterable<ConversationRow>,
): AsyncGenerator<string, void, undefined> {
  yield '[';
  let before = '\n';
  for await (const conversation of conversations) {
    yield `${before}${JSON.stringify(conversationFields(conversation)).slice(0, -1)},"messages":[`;
    let comma = '\n';
    for await (const message of store.messages(userId, conversation.id)) {
      yield comma + JSON.stringify(await exportedMessage(store, userId, message));
      comma = ',\n';
    }
    yield ']}';
    before = ',\n';
  }
  yield '\n]';
}

function conversationFields(row: ConversationRow) {
  return {
    id: row.id,
    title: row.title,
    model: row.model,
    ...(row.system_prompt !== null && { systemPrompt: row.system_prompt }),
    ...(row.options !== null && { options: JSON.parse(row.options) as unknown }),
    created: row.created,
    updated: row.updated,
    pinned: row.pinned === 1,
    archived: row.archived === 1,
    autoTitle: row.auto_title === 1,
    ...(row.current_message_id !== null && { currentMessageId: row.current_message_id }),
  };
}

async function exportedMessage(store: ExportStore, userId: string, row: MessageRow): Promise<ExportedMessage> {
  const { expires: _expires, attachments: _attachments, ...message } = toMessage(row);
  const attachments = [];
  for (const { name, type, hash } of await store.attachments(userId, row.id)) {
    attachments.push({ name, type, base64: await store.base64(userId, hash) });
  }
  return { ...message, ...(attachments.length > 0 && { attachments }) };
}
