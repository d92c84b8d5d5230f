import { RUNNING_STATUSES, type MessageStatus } from '@cloudtolocalllm/protocol';
import { type ExportedMessage, exportedConversation } from './export-file.ts';
import { type ImportedConversation, ImportProblem, importedText, importedTitle } from './imported-conversation.ts';
import { messageTree } from './message-tree.ts';

const INTERRUPTED = { code: 'interrupted', message: 'This answer was still being made when it was exported.' };

/** A conversation of our own file. @throws ImportProblem */
export function parseOwn(entry: unknown): ImportedConversation {
  const parsed = exportedConversation.safeParse(entry);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ImportProblem(`It is not as exported: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { title, messages, currentMessageId, systemPrompt, ...fields } = parsed.data;
  const nodes = messages.map((message) => ({ id: message.id, parent: message.parentId, message: imported(message) }));
  return {
    ...fields,
    title: importedTitle(title),
    ...(systemPrompt !== undefined && { systemPrompt: importedText(systemPrompt) }),
    created: milliseconds(fields.created),
    updated: milliseconds(fields.updated),
    ...messageTree(nodes, currentMessageId),
  };
}

function imported({ id: _id, parentId: _parentId, attachments = [], ...message }: ExportedMessage) {
  const isRunning = (RUNNING_STATUSES as readonly MessageStatus[]).includes(message.status); // as: a narrower list refuses to be asked
  return {
    ...message,
    content: importedText(message.content),
    thinking: importedText(message.thinking ?? ''),
    created: milliseconds(message.created),
    ...(isRunning && { status: 'interrupted' as const, error: INTERRUPTED }),
    attachments: attachments.map(({ name, type, base64 }) => ({ name, type, bytes: Buffer.from(base64, 'base64') })),
  };
}

/** As all times are stored: others would not sort among them. */
function milliseconds(time: string): string {
  return new Date(time).toISOString();
}
