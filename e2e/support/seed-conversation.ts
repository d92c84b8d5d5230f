import type { Client, Message } from '@cloudtolocalllm/sdk';

/** A message of a conversation that is brought along. */
export type SeedMessage = Pick<Message, 'content'> & Partial<Pick<Message, 'thinking' | 'metadata' | 'status'>>;

const BEGIN = Date.parse('2026-01-01T00:00:00Z');

/** Puts a conversation into the relay as a person would: by importing a file. Questions and answers take turns. */
export async function seedConversation(
  client: Client,
  title: string,
  messages: readonly SeedMessage[],
): Promise<string> {
  const created = (index: number): string => new Date(BEGIN + index * 1_000).toISOString();
  const entries = messages.map((message, index) => ({
    id: `msg-${index}`,
    parentId: index === 0 ? null : `msg-${index - 1}`,
    role: index % 2 === 0 ? 'user' : 'assistant',
    status: 'complete',
    created: created(index),
    ...(index % 2 === 1 && { model: 'tiny-demo:latest' }),
    ...message,
  }));
  const file = {
    format: 'cloudtolocalllm',
    version: 1,
    exported: created(0),
    conversations: [
      {
        id: `conv-${title}`,
        title,
        model: 'tiny-demo:latest',
        created: created(0),
        updated: created(messages.length),
        currentMessageId: entries.at(-1)?.id,
        messages: entries,
      },
    ],
  };
  const { importId } = await client.transfer.import(new Blob([JSON.stringify(file)]));
  for await (const status of client.transfer.progress(importId)) {
    if (status.status === 'running') continue;
    if (status.imported !== 1) throw new Error(`Cannot seed "${title}": ${JSON.stringify(status)}`);
  }
  const { conversations } = await client.conversations.list();
  const found = conversations.find((conversation) => conversation.title === title);
  if (found === undefined) throw new Error(`Cannot find "${title}" after it was imported`);
  return found.id;
}
