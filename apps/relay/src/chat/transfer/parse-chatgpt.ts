import {
  field,
  IMPORT_LIMITS,
  type ImportedConversation,
  importedModel,
  ImportProblem,
  importedText,
  importedTime,
  importedTitle,
  isObject,
  UNKNOWN_MODEL,
} from './imported-conversation.ts';
import { messageTree, type TreeNode } from './message-tree.ts';

/**
 * A conversation of ChatGPT's `conversations.json`: `mapping` is a tree of nodes. Those of tools and of the system, and
 * what is hidden there, are left out; images, which are not in the file, are named in the text.
 * @throws ImportProblem
 */
export function parseChatGpt(entry: Record<string, unknown>, now: string): ImportedConversation {
  const mapping = field(entry, 'mapping');
  if (!isObject(mapping)) throw new ImportProblem('It has no messages.');
  const ids = Object.keys(mapping);
  if (ids.length > IMPORT_LIMITS.messages)
    throw new ImportProblem(`It has more than ${IMPORT_LIMITS.messages} messages.`);
  const created = importedTime(entry['create_time'], now);
  const nodes = ids.map((id) => treeNode(id, mapping[id], created));
  const current = field(entry, 'current_node');
  const tree = messageTree(nodes, typeof current === 'string' ? current : undefined);
  if (tree.messages.length === 0) throw new ImportProblem('It has no messages.');
  const model = tree.messages.findLast((message) => message.model !== undefined)?.model;
  return {
    title: importedTitle(entry['title']),
    model: model ?? importedModel(field(entry, 'default_model_slug')) ?? UNKNOWN_MODEL,
    created,
    updated: importedTime(entry['update_time'], created),
    pinned: field(entry, 'is_starred') === true,
    archived: field(entry, 'is_archived') === true,
    autoTitle: true,
    ...tree,
  };
}

function treeNode(id: string, node: unknown, conversationCreated: string): TreeNode {
  const parent = field(node, 'parent');
  const message = field(node, 'message');
  const place = { id, parent: typeof parent === 'string' ? parent : null };
  const role = field(field(message, 'author'), 'role');
  const metadata = field(message, 'metadata');
  if (role !== 'user' && role !== 'assistant') return place;
  const content = field(message, 'content');
  if (role === 'assistant' && field(content, 'content_type') === 'thoughts')
    return { ...place, thinking: thoughts(content) };
  if (field(metadata, 'is_visually_hidden_from_conversation') === true) return place;
  // What was said to a tool: code it shall run, words it shall look for.
  const recipient = field(message, 'recipient');
  if (typeof recipient === 'string' && recipient !== 'all') return place;
  const text = importedText(contentText(content));
  if (text.trim() === '') return place;
  const model = role === 'assistant' ? importedModel(field(metadata, 'model_slug')) : undefined;
  const created = importedTime(field(message, 'create_time'), conversationCreated);
  const said = { role, content: text, thinking: '', status: 'complete', created, attachments: [] } as const;
  return { ...place, message: { ...said, attachments: [], ...(model !== undefined && { model }) } };
}

function contentText(content: unknown): string {
  switch (field(content, 'content_type')) {
    case 'text':
    case 'multimodal_text': {
      const parts = field(content, 'parts');
      return Array.isArray(parts) ? parts.map(partText).filter(Boolean).join('\n\n') : '';
    }
    case 'code': {
      const language = field(content, 'language');
      const code = field(content, 'text');
      if (typeof code !== 'string') return '';
      const name =
        typeof language === 'string' && /^[\w+#-]{1,30}$/.test(language) && language !== 'unknown' ? language : '';
      return `\`\`\`${name}\n${code}\n\`\`\``;
    }
    default:
      // Custom instructions, search results, what tools printed.
      return '';
  }
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  const text = field(part, 'text');
  switch (field(part, 'content_type')) {
    case 'image_asset_pointer':
      return '*[Image]*';
    case 'audio_transcription':
      return typeof text === 'string' ? text : '';
    case 'audio_asset_pointer':
    case 'real_time_user_audio_video_asset_pointer':
      // Beside its transcription.
      return '';
    default:
      return typeof text === 'string' ? text : '';
  }
}

function thoughts(content: unknown): string {
  const list = field(content, 'thoughts');
  if (!Array.isArray(list)) return '';
  const texts = list.flatMap((thought: unknown) => [field(thought, 'summary'), field(thought, 'content')]);
  return importedText(texts.filter((text) => typeof text === 'string' && text !== '').join('\n\n'));
}
