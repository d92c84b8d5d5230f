import { newId } from '@cloudtolocalllm/protocol';
import type { Compilable, Insertable } from 'kysely';
import type { RelayDatabase } from '../../storage/database.ts';
import type { ConversationsTable, MessagesTable } from '../../storage/tables.ts';
import { addAttachment } from '../attachments/add-attachment.ts';
import { attachmentStore, asBuffer } from '../attachments/attachment-store.ts';
import { attachmentType, checkContent } from '../attachments/attachment-type.ts';
import type { ImportedHead, ImportStep } from './import-steps.ts';
import type { ImportedAttachment, ImportedMessage } from './imported-conversation.ts';

/** A conversation that is not wholly there yet is hidden as a deleted one is, and is never swept: it is long until then. */
const UNFINISHED = '9999-12-31T23:59:59.999Z';

export type WritableStep = Extract<ImportStep, { kind: 'conversation' | 'messages' | 'attachment' | 'done' }>;

/** Removes what a killed relay had not imported wholly. */
export async function removeUnfinished({ kysely }: Pick<RelayDatabase, 'kysely'>): Promise<void> {
  await kysely.deleteFrom('conversations').where('deleted', '=', UNFINISHED).execute();
}

/**
 * Stores one conversation step by step, each in a transaction of its own; it shows when all of it is there. Ids are
 * made anew, since those of the file may be somebody else's.
 */
export class ImportWriter {
  readonly conversationId = newId('conv');
  readonly #database: RelayDatabase;
  readonly #userId: string;
  readonly #from: string;
  #messageIds: string[] = [];
  /** What the next transaction begins with. */
  #pending: Compilable[] = [];
  #head: Insertable<ConversationsTable> | undefined;

  constructor({ database, userId, from }: { database: RelayDatabase; userId: string; from: string }) {
    this.#database = database;
    this.#userId = userId;
    this.#from = from;
  }

  /** @throws RelayError when a file of it may not be stored. */
  async write(step: WritableStep): Promise<void> {
    if (step.kind !== 'done') await this.#flush();
    switch (step.kind) {
      case 'conversation':
        this.#messageIds = Array.from({ length: step.count }, () => newId('msg'));
        this.#head = this.#conversationRow(step.conversation);
        return;
      case 'messages':
        this.#pending = step.messages.map((message, index) =>
          this.#database.kysely.insertInto('messages').values(this.#messageRow(message, step.first + index)),
        );
        return;
      case 'attachment':
        await this.#attach(step.message, step.place, step.attachment);
        return;
      case 'done':
        await this.#finish();
    }
  }

  /** Leaves nothing of it. */
  async abandon(): Promise<void> {
    this.#pending = [];
    await this.#database.kysely
      .deleteFrom('conversations')
      .where('user_id', '=', this.#userId)
      .where('id', '=', this.conversationId)
      .execute();
  }

  /** Stores what waits; at the end of the transaction the conversation is hidden again: deleted ones take no messages. */
  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    await this.#database.batch([...this.#shown(), ...this.#pending, this.#marked(UNFINISHED)]);
    this.#pending = [];
  }

  /** A small conversation comes and shows in one transaction. */
  async #finish(): Promise<void> {
    await this.#database.batch([...this.#shown(), ...this.#pending]);
    this.#pending = [];
  }

  #shown(): Compilable[] {
    if (this.#head === undefined) return [this.#marked(null)];
    const insert = this.#database.kysely.insertInto('conversations').values(this.#head);
    this.#head = undefined;
    return [insert];
  }

  #marked(deleted: string | null): Compilable {
    return this.#database.kysely
      .updateTable('conversations')
      .set({ deleted })
      .where('user_id', '=', this.#userId)
      .where('id', '=', this.conversationId);
  }

  async #attach(message: number, place: number, { name, type: given, bytes }: ImportedAttachment): Promise<void> {
    const type = attachmentType(given);
    checkContent(type, asBuffer(bytes));
    const store = attachmentStore(this.#database.kysely);
    const file = { id: newId('file'), user_id: this.#userId, name, type, created: new Date().toISOString() };
    const { id } = await addAttachment({ database: this.#database, store }, { ...file, bytes: asBuffer(bytes) });
    await this.#database.kysely
      .insertInto('message_attachments')
      .values({ user_id: this.#userId, message_id: this.#messageId(message), attachment_id: id, place })
      .execute();
  }

  #messageId(place: number): string {
    return this.#messageIds[place]!; // there is one for each message
  }

  #conversationRow(conversation: ImportedHead): Insertable<ConversationsTable> {
    const { current, options } = conversation;
    return {
      id: this.conversationId,
      user_id: this.#userId,
      title: conversation.title,
      title_source: 'person',
      model: conversation.model,
      system_prompt: conversation.systemPrompt ?? null,
      options: options === undefined ? null : JSON.stringify(options),
      created: conversation.created,
      updated: conversation.updated,
      pinned: conversation.pinned ? 1 : 0,
      archived: conversation.archived ? 1 : 0,
      auto_title: conversation.autoTitle ? 1 : 0,
      current_message_id: current === undefined ? null : this.#messageId(current),
      imported_from: this.#from,
      bridge_id: null,
    };
  }

  #messageRow(message: Omit<ImportedMessage, 'attachments'>, position: number): Insertable<MessagesTable> {
    return {
      id: this.#messageId(position),
      conversation_id: this.conversationId,
      user_id: this.#userId,
      role: message.role,
      content: message.content,
      thinking: message.thinking,
      status: message.status,
      model: message.model ?? null,
      created: message.created,
      position,
      parent_id: message.parent === null ? null : this.#messageId(message.parent),
      total_tokens: message.totalTokens ?? null,
      tool_calls: message.toolCalls === undefined ? null : JSON.stringify(message.toolCalls),
      metadata: message.metadata === undefined ? null : JSON.stringify(message.metadata),
      error_code: message.error?.code ?? null,
      error_message: message.error?.message ?? null,
    };
  }
}
