import type { GenerationOptions } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import type { AttachedContents, AttachmentStore } from './attachments/attachment-store.ts';
import type { PromptMessage } from './chat-model.ts';
import type { ConversationStore } from './conversation-store.ts';
import type { GenerationKey } from './generation.ts';
import type { MessageStore, SaidMessage } from './message-store.ts';

export interface PromptStores {
  conversations: Pick<ConversationStore, 'get'>;
  messages: Pick<MessageStore, 'said'>;
  attachments: Pick<AttachmentStore, 'contents'>;
}

export interface Prompt {
  messages: PromptMessage[];
  options?: GenerationOptions;
  /** The bridge that answered this conversation before, as it is now. */
  bridgeId?: string;
}

/**
 * What the model is asked for this answer: the branch that it ends, with its own beginning if it has one. Read when it is
 * asked: a question that waited is asked as its conversation is then. Throws RelayError not_found when that is gone.
 */
export async function makePrompt(
  stores: PromptStores,
  { userId, conversationId, messageId }: GenerationKey,
  maxCharacters: number,
): Promise<Prompt> {
  const [conversation, said] = await Promise.all([
    stores.conversations.get(userId, conversationId),
    stores.messages.said(userId, conversationId, messageId, maxCharacters),
  ]);
  if (!conversation) throw new RelayError('not_found', 'This conversation does not exist any more.');
  const { system_prompt, options, bridge_id } = conversation;
  const room = maxCharacters - (system_prompt?.length ?? 0);
  const questions = said.flatMap(({ id, role }) => (role === 'user' ? [id] : []));
  const contents = await stores.attachments.contents(userId, questions);
  const branch = said.map((message) => toPrompt(message, contents.get(message.id)));
  return {
    messages: [
      ...(system_prompt ? [{ role: 'system' as const, content: system_prompt }] : []),
      ...newestThatFit(branch, room),
    ],
    ...(options !== null && { options: JSON.parse(options) as GenerationOptions }), // as: only validated ones are stored
    ...(bridge_id !== null && { bridgeId: bridge_id }),
  };
}

/** Text files stand before the question, each under its name; images go along. */
function toPrompt({ role, content }: SaidMessage, attached: AttachedContents | undefined): PromptMessage {
  if (!attached) return { role, content };
  const files = attached.texts.map(({ name, text }) => fenced(name, text));
  const missing = attached.leftOut.map((name) => `(The file "${name}" is left out: the conversation holds too many.)`);
  return {
    role,
    content: [...files, ...missing, content].join('\n\n'),
    ...(attached.images.length > 0 && { images: attached.images }),
  };
}

function fenced(name: string, text: string): string {
  // Longer than any row of backticks in it, so that it ends where the file ends.
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${name}:\n${fence}\n${text}\n${fence}`;
}

/** Files count, too; the newest question is always there. */
function newestThatFit(messages: PromptMessage[], maxCharacters: number): PromptMessage[] {
  const question = messages.findLastIndex(({ role }) => role === 'user');
  let room = maxCharacters;
  let first = messages.length;
  while (first > 0) {
    room -= messages[first - 1]?.content.length ?? 0;
    if (room < 0 && first <= question) break;
    first--;
  }
  return messages.slice(first);
}
