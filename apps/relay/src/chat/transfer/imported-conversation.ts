import type { AnswerMetadata, GenerationOptions, MessageStatus, ToolCall } from '@cloudtolocalllm/protocol';

/** What a file may hold; each bound is far above what people have, and far below what hurts. */
export const IMPORT_LIMITS = {
  /** Conversations in a file. */
  entries: 100_000,
  /** Of one conversation's JSON: it is the most that is held at once. */
  entryBytes: 100 * 1024 * 1024,
  /** Brackets in brackets. */
  depth: 100,
  /** Messages of one conversation. */
  messages: 20_000,
  /** Of one message; answers may be longer than questions. */
  characters: 1_000_000,
  /** Files of one message. */
  attachments: 20,
} as const;

/** Where nothing says which model it was. */
export const UNKNOWN_MODEL = 'unknown';
export const UNTITLED = 'Untitled';
const MAX_TITLE_CHARACTERS = 200;
const MAX_MODEL_CHARACTERS = 200;

/** Why one conversation can't be imported; the message is for its owner. */
export class ImportProblem extends Error {
  override readonly name = 'ImportProblem';
}

export interface ImportedAttachment {
  name: string;
  type: string;
  bytes: Uint8Array;
}

export interface ImportedMessage {
  /** The place of the message that it follows: always an earlier one. */
  parent: number | null;
  role: 'user' | 'assistant';
  content: string;
  thinking: string;
  /** A final one. */
  status: MessageStatus;
  created: string;
  model?: string | undefined;
  toolCalls?: ToolCall[] | undefined;
  totalTokens?: number | undefined;
  metadata?: AnswerMetadata | undefined;
  error?: { code: string; message: string } | undefined;
  attachments: ImportedAttachment[];
}

/** A conversation of any format, in our words. */
export interface ImportedConversation {
  title: string;
  model: string;
  systemPrompt?: string | undefined;
  options?: GenerationOptions | undefined;
  created: string;
  updated: string;
  pinned: boolean;
  archived: boolean;
  autoTitle: boolean;
  messages: ImportedMessage[];
  /** The place of the last message of the branch that is shown. */
  current: number | undefined;
}

/** A title on one line. */
export function importedTitle(value: unknown): string {
  const line = typeof value === 'string' ? value.replaceAll(/\s+/g, ' ').trim() : '';
  // Half a character at the end was cut off.
  const title = line
    .slice(0, MAX_TITLE_CHARACTERS)
    .replace(/\p{Surrogate}$/u, '')
    .trim();
  return title.toWellFormed() || UNTITLED;
}

/** A model's name, or undefined. */
export function importedModel(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.trim().toWellFormed().slice(0, MAX_MODEL_CHARACTERS).trim() || undefined;
}

/** @throws ImportProblem when it is longer than any message may be. */
export function importedText(text: string): string {
  if (text.length > IMPORT_LIMITS.characters) {
    throw new ImportProblem(`A message is longer than ${IMPORT_LIMITS.characters} characters.`);
  }
  return text.toWellFormed();
}

/** Beyond these a number is in milliseconds, in microseconds, in nanoseconds: seconds will be so large in 5138. */
const UNITS = [
  [1e17, 1e-6],
  [1e14, 1e-3],
  [1e11, 1],
] as const;
const LAST_YEAR = Date.UTC(9999, 11, 31);

/** A time as ISO 8601, from seconds since 1970 or a finer unit; `otherwise` where there is none. */
export function importedTime(value: unknown, otherwise: string): string {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return otherwise;
  const factor = UNITS.find(([from]) => value >= from)?.[1] ?? 1000;
  const milliseconds = Math.round(value * factor);
  return milliseconds > LAST_YEAR ? otherwise : new Date(milliseconds).toISOString();
}

/** Whether it is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Its own field: what is inherited is nobody's. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
