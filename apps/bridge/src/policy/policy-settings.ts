import { z } from 'zod';
import { BridgeError } from '../bridge-error.ts';
import { parseHours } from './hours.ts';
import { checkPattern } from './model-names.ts';
import { rulesOf } from './path-rules.ts';

/** More entries than a person writes; each request is held against all of them. */
const MAX_ENTRIES = 200;
const MAX_LIMIT = 1000;

/** One entry of a list, judged by what reads it later. */
function entry(read: (text: string) => unknown): z.ZodString {
  return z.string().superRefine((text, context) => {
    try {
      read(text);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });
}

const limit = z.union([z.int().min(1).max(MAX_LIMIT), z.literal('unlimited')]).default('unlimited');

/** What an owner writes into the policy file; everything that is left out has its default. */
export const policySettings = z.strictObject({
  allow: z.array(entry(rulesOf)).min(1).max(MAX_ENTRIES).default(['chat', 'embeddings', 'listing']),
  models: z
    .strictObject({
      allow: z.array(entry(checkPattern)).min(1).max(MAX_ENTRIES).default(['*']),
      deny: z.array(entry(checkPattern)).max(MAX_ENTRIES).default([]),
    })
    .prefault({}),
  limits: z.strictObject({ running: limit, waiting: limit }).prefault({}),
  hours: z.union([z.literal('always'), z.array(entry(parseHours)).min(1).max(MAX_ENTRIES)]).default('always'),
  manage: z
    .strictObject({
      load: z.boolean().default(false),
      pull: z.boolean().default(false),
      delete: z.boolean().default(false),
    })
    .prefault({}),
  log: z
    .strictObject({
      requests: z.enum(['none', 'errors', 'all']).default('none'),
      /** Nothing in this program could do otherwise. */
      content: z.literal(false).default(false),
    })
    .prefault({}),
});
export type PolicySettings = z.output<typeof policySettings>;

/** What holds while the owner has written nothing. */
export const DEFAULT_SETTINGS: PolicySettings = policySettings.parse({});

/** For each setting, what can be written there: the end of a sentence that begins with "write". */
export const WRITE_INSTEAD: Readonly<Record<string, string>> = {
  '': 'settings such as "hours: always", one per line',
  allow: 'a list such as [chat, embeddings, listing]; with nothing allowed, stop the bridge instead',
  'allow.*': 'a group (chat, embeddings, listing) or a rule such as "POST /v1/rerank"',
  models: '"allow:" and "deny:" below it, indented by two spaces',
  'models.allow': 'a list such as ["*"] or ["llama3.2", "qwen*"]',
  'models.allow.*': "a model's name in quotes, in which * stands for anything",
  'models.deny': 'a list such as [] or ["*cloud"]',
  'models.deny.*': "a model's name in quotes, in which * stands for anything",
  limits: '"running:" and "waiting:" below it, indented by two spaces',
  'limits.running': `a whole number from 1 to ${MAX_LIMIT}, or unlimited`,
  'limits.waiting': `a whole number from 1 to ${MAX_LIMIT}, or unlimited`,
  hours: 'always, or a list such as ["mon-fri 08:00-18:00", "sat 10:00-14:00"]',
  'hours.*': 'days and times in quotes, such as "mon-fri 08:00-18:00"',
  manage: '"load:", "pull:" and "delete:" below it, indented by two spaces',
  'manage.load': 'true or false',
  'manage.pull': 'true or false',
  'manage.delete': 'true or false',
  log: '"requests:" and "content:" below it, indented by two spaces',
  'log.requests': 'none, errors or all',
  'log.content': 'false: this program never logs what is asked and answered',
};

/** The names of the settings below one of them, '' = the file. */
export function settingsBelow(setting: string): string[] {
  const prefix = setting === '' ? '' : `${setting}.`;
  return Object.keys(WRITE_INSTEAD)
    .filter((name) => name !== '' && name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((name) => !name.includes('.'));
}
