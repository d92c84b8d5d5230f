import type { ConversationRow, MessageRow } from '../../storage/tables.ts';
import type { ExportStore } from './export-store.ts';

/** The branches that are shown, for people to read, in pieces. What the model reasoned is left out. */
export async function* exportMarkdown(
  store: ExportStore,
  userId: string,
  conversations: AsyncIterable<ConversationRow>,
): AsyncGenerator<string, void, undefined> {
  let before = '';
  for await (const conversation of conversations) {
    yield before + heading(conversation);
    const branch = await store.branch(userId, conversation);
    for await (const message of store.messages(userId, conversation.id)) {
      if (!branch.has(message.id)) continue;
      const files = await store.attachments(userId, message.id);
      yield said(
        message,
        files.map(({ name }) => name),
      );
    }
    before = '\n---\n\n';
  }
}

function heading({ title, model, created, system_prompt }: ConversationRow): string {
  const prompt = system_prompt === null ? '' : `\n${quoted(system_prompt)}\n`;
  return `# ${oneLine(title)}\n\n${readable(created)}, ${oneLine(model)}\n${prompt}`;
}

function said({ role, model, created, content, status }: MessageRow, files: readonly string[]): string {
  const who = role === 'user' ? 'You' : (model ?? 'Assistant');
  const parts = [
    `\n## ${oneLine(who)} · ${readable(created)}\n`,
    ...files.map((name) => `Attached: ${oneLine(name)}\n`),
    ...(content === '' ? [] : [`${content.trimEnd()}\n`]),
    ...(status === 'complete' ? [] : [`*(${status})*\n`]),
  ];
  return parts.join('\n');
}

/** `2025-06-20 16:30 UTC`. */
function readable(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}
