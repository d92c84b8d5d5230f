import { createHash } from 'node:crypto';
import type { ImportFormat } from '@cloudtolocalllm/protocol';
import {
  field,
  type ImportedConversation,
  ImportProblem,
  importedTitle,
  isObject,
  UNTITLED,
} from './imported-conversation.ts';
import { parseChatGpt } from './parse-chatgpt.ts';
import { parseOpenWebUi } from './parse-open-webui.ts';
import { parseOwn } from './parse-own.ts';

const MAX_ID_CHARACTERS = 200;

/** One conversation of a file, of which not more is known yet than what it is. */
export interface RecognisedEntry {
  format: ImportFormat;
  /** The same each time that this conversation is imported. */
  from: string;
  /** Its id in the file, of our own format: it may still be there. */
  ownId: string | undefined;
  title: string | undefined;
  /** @throws ImportProblem */
  parse(): ImportedConversation;
}

/**
 * Which program wrote it, by what is in it.
 * @throws ImportProblem when it is none of those that are known, or no JSON.
 */
export function recogniseEntry(json: Buffer, { isOwn, now }: { isOwn: boolean; now: string }): RecognisedEntry {
  const entry = parsed(json);
  const id = [field(entry, 'conversation_id'), field(entry, 'id')].find((value) => isId(value));
  const title = importedTitle(field(entry, 'title') ?? field(field(entry, 'chat'), 'title'));
  const common = { title: title === UNTITLED ? undefined : title };
  const originOf = (format: ImportFormat) => `${format}:${id ?? createHash('sha256').update(json).digest('base64url')}`;
  if (isObject(entry) && isOwn) {
    return {
      ...common,
      format: 'cloudtolocalllm',
      from: originOf('cloudtolocalllm'),
      ownId: id,
      parse: () => parseOwn(entry),
    };
  }
  if (isObject(entry) && isObject(field(entry, 'mapping'))) {
    return {
      ...common,
      format: 'chatgpt',
      from: originOf('chatgpt'),
      ownId: undefined,
      parse: () => parseChatGpt(entry, now),
    };
  }
  if (isObject(entry) && isObject(field(entry, 'chat'))) {
    return {
      ...common,
      format: 'open-webui',
      from: originOf('open-webui'),
      ownId: undefined,
      parse: () => parseOpenWebUi(entry, now),
    };
  }
  throw new ImportProblem('It is no conversation of CloudToLocalLLM, ChatGPT or Open WebUI.');
}

function parsed(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString()) as unknown;
  } catch {
    throw new ImportProblem('It is no valid JSON.');
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_CHARACTERS && value.isWellFormed();
}
