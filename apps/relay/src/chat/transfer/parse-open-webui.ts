import { IMAGE_TYPES } from '@cloudtolocalllm/protocol';
import {
  field,
  IMPORT_LIMITS,
  type ImportedAttachment,
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
 * A chat of Open WebUI's export: `chat.history` is a tree; older chats have the list `chat.messages` alone.
 * @throws ImportProblem
 */
export function parseOpenWebUi(entry: Record<string, unknown>, now: string): ImportedConversation {
  const chat = field(entry, 'chat');
  const created = importedTime(field(entry, 'created_at') ?? field(chat, 'timestamp'), now);
  const history = field(chat, 'history');
  const tree = field(history, 'messages');
  const list = field(chat, 'messages');
  const count = isObject(tree) ? Object.keys(tree).length : 0;
  if (count > IMPORT_LIMITS.messages) throw new ImportProblem(`It has more than ${IMPORT_LIMITS.messages} messages.`);
  const nodes = isObject(tree) && count > 0 ? treeNodes(tree, created) : listNodes(list, created);
  const currentId = field(history, 'currentId');
  const messages = messageTree(nodes, typeof currentId === 'string' ? currentId : undefined);
  if (messages.messages.length === 0) throw new ImportProblem('It has no messages.');
  const models = field(chat, 'models');
  const model = Array.isArray(models) ? models.map(importedModel).find((name) => name !== undefined) : undefined;
  const system = field(field(chat, 'params'), 'system') ?? field(chat, 'system');
  return {
    title: importedTitle(field(entry, 'title') ?? field(chat, 'title')),
    model: model ?? messages.messages.findLast((message) => message.model !== undefined)?.model ?? UNKNOWN_MODEL,
    ...(typeof system === 'string' && system !== '' && { systemPrompt: importedText(system) }),
    created,
    updated: importedTime(field(entry, 'updated_at'), created),
    pinned: field(entry, 'pinned') === true,
    archived: field(entry, 'archived') === true,
    autoTitle: true,
    ...messages,
  };
}

function treeNodes(tree: Record<string, unknown>, created: string): TreeNode[] {
  return Object.keys(tree).map((id) => {
    const parent = field(tree[id], 'parentId');
    return { id, parent: typeof parent === 'string' ? parent : null, message: said(tree[id], created) };
  });
}

/** Each follows the one before it. */
function listNodes(list: unknown, created: string): TreeNode[] {
  if (!Array.isArray(list)) return [];
  return list.map((message: unknown, place) => ({
    id: String(place),
    parent: place === 0 ? null : String(place - 1),
    message: said(message, created),
  }));
}

function said(message: unknown, conversationCreated: string): TreeNode['message'] {
  const role = field(message, 'role');
  const content = field(message, 'content');
  if (role !== 'user' && role !== 'assistant') return undefined;
  const { thinking, text } = withoutReasoning(importedText(typeof content === 'string' ? content : ''));
  const files = attached(field(message, 'files'));
  const whole = [text, ...files.notes].filter(Boolean).join('\n\n');
  if (whole.trim() === '' && thinking === '' && files.attachments.length === 0) return undefined;
  const model = role === 'assistant' ? importedModel(field(message, 'model')) : undefined;
  return {
    role,
    content: whole,
    thinking,
    status: 'complete',
    created: importedTime(field(message, 'timestamp'), conversationCreated),
    ...(model !== undefined && { model }),
    attachments: files.attachments,
  };
}

const REASONING = '<details type="reasoning"';
const END = '</details>';

/** Open WebUI writes what a model reasoned as a block in front of the answer, each line quoted. */
function withoutReasoning(content: string): { thinking: string; text: string } {
  let text = content;
  const thinking: string[] = [];
  while (text.trimStart().startsWith(REASONING)) {
    const begin = text.indexOf('>', text.indexOf(REASONING)) + 1;
    const end = text.indexOf(END, begin);
    if (begin === 0 || end === -1) break;
    const block = text.slice(begin, end);
    const summary = block.indexOf('</summary>');
    const lines = (summary === -1 ? block : block.slice(summary + '</summary>'.length)).trim().split('\n');
    thinking.push(lines.map((line) => line.replace(/^(>|&gt;) ?/, '')).join('\n'));
    text = text.slice(end + END.length);
  }
  return { thinking: thinking.join('\n\n'), text: thinking.length === 0 ? text : text.trim() };
}

/** Images that are in the file itself become attachments; of other files the name is kept. */
function attached(files: unknown): { attachments: ImportedAttachment[]; notes: string[] } {
  const attachments: ImportedAttachment[] = [];
  const notes: string[] = [];
  for (const file of Array.isArray(files) ? files.slice(0, IMPORT_LIMITS.attachments) : []) {
    const given = field(file, 'name');
    const name = typeof given === 'string' && given !== '' ? importedTitle(given) : undefined;
    const url = field(file, 'url');
    const [head = '', base64] = typeof url === 'string' ? url.split(',', 2) : [];
    const type = /^data:([a-z]+\/[a-z]+);base64$/.exec(head)?.[1];
    if (base64 !== undefined && type !== undefined && (IMAGE_TYPES as readonly string[]).includes(type)) {
      // as: a narrower list refuses to be asked
      attachments.push({ name: name ?? 'image', type, bytes: Buffer.from(base64, 'base64') });
    } else
      notes.push(field(file, 'type') === 'image' ? '*[Image]*' : `*[File${name === undefined ? '' : `: ${name}`}]*`);
  }
  return { attachments, notes };
}
