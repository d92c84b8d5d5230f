import { BridgeError } from '../bridge-error.ts';

/** What may be called, by what a person wants to do with it; each as `METHOD /path`, HEAD being GET without the body. */
export const GROUPS = {
  chat: [
    'POST /api/chat',
    'POST /api/generate',
    'POST /v1/chat/completions',
    'POST /v1/completions',
    'POST /v1/messages',
    'POST /v1/messages/count_tokens',
    'POST /v1/responses',
  ],
  embeddings: ['POST /api/embed', 'POST /api/embeddings', 'POST /v1/embeddings'],
  listing: [
    'GET /',
    'GET /api/ps',
    'GET /api/tags',
    'GET /api/version',
    'POST /api/show',
    'GET /v1/models',
    'GET /v1/models/*',
  ],
} as const;
export type Group = keyof typeof GROUPS;
export const GROUP_NAMES = Object.keys(GROUPS) as Group[]; // as: the keys of an object of ours

/** What changes which models there are: settings of their own. */
export const MANAGEMENT = { 'POST /api/pull': 'pull', 'DELETE /api/delete': 'delete' } as const;
/** They make models or give them away, whatever a body says: nothing turns them on. */
const NEVER = /^[A-Z]+ \/api\/(?:create|copy|push|blobs)(?:\/|$)/;
/** Also under another method: an engine that takes it must not be talked into it. */
const MANAGES = /^[A-Z]+ \/api\/(?:pull|delete)(?:\/|$)/;

const PLAIN_METHOD = /^[A-Z]{1,16}$/;
/** Segments of plain characters and single slashes: nothing that a URL parser could read as a host or a parent. */
const PLAIN_PATH = /^(?:\/|(?:\/[A-Za-z0-9_~:@+-][A-Za-z0-9._~:@+-]*)+)$/;
/** RFC 3986's query characters. */
const PLAIN_QUERY = /^[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*$/;
const ONE_MODEL = '/v1/models/';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Of a path that somebody wrote or asked for, in a message. */
const MAX_SHOWN = 100;

/** Whether method, path and query have only characters that can't mean anything else to an engine. */
export function isPlain(method: string, path: string, query: string): boolean {
  return PLAIN_METHOD.test(method) && PLAIN_PATH.test(withPlainModel(path)) && PLAIN_QUERY.test(query);
}

/** The model that the path of a plain request names, or undefined. */
export function modelInPath(path: string): string | undefined {
  return path.startsWith(ONE_MODEL) ? withPlainModel(path).slice(ONE_MODEL.length) : undefined;
}

/** A path as it reads when the colons and slashes of a model's name, which OpenAI's clients write `%3A` and `%2F`, are plain. */
function withPlainModel(path: string): string {
  if (!path.startsWith(ONE_MODEL)) return path;
  return path.replaceAll(/%3a/gi, ':').replaceAll(/%2f/gi, '/');
}

/** What a group or a rule of the policy file allows. Throws BridgeError with what to write instead. */
export function rulesOf(text: string): readonly string[] {
  if (Object.hasOwn(GROUPS, text)) return GROUPS[text as Group]; // as: it is one of its keys
  const shown = text.slice(0, MAX_SHOWN);
  const rule = /^([A-Za-z]+) (\/\S*)$/.exec(text);
  if (!rule?.[1] || !rule[2]) {
    throw wrong(`"${shown}" is neither a group (${GROUP_NAMES.join(', ')}) nor a rule such as "POST /v1/rerank"`);
  }
  const [, method, path] = rule;
  if (method === 'HEAD') throw wrong('HEAD comes with GET: write GET instead');
  if (!METHODS.includes(method)) throw wrong(`"${shown}" begins with no method: write one of ${METHODS.join(', ')}`);
  if (MANAGES.test(text)) throw wrong('pulling and deleting have settings of their own: write "manage: pull: true"');
  if (NEVER.test(text)) throw wrong('models are never created, copied or pushed through a bridge: remove this rule');
  const fixed = path.endsWith('/*') ? path.slice(0, -2) : path;
  if (!PLAIN_PATH.test(fixed || '/')) {
    throw wrong(`"${shown}" is no plain path: write it as it is called, without a query; only its end may be "/*"`);
  }
  if (fixed !== path && fixed.split('/').length < 3) {
    throw wrong(`"${shown}" would allow nearly everything: name at least two parts, such as "/v1/audio/*"`);
  }
  return [text];
}

/** What the owner has to write for a request that was refused, or '' when nothing allows it. */
export function howToAllow(key: string): string {
  const edit = 'in its policy file (cloudtolocalllm policy edit)';
  if (Object.hasOwn(MANAGEMENT, key)) {
    const setting = MANAGEMENT[key as keyof typeof MANAGEMENT]; // as: it is one of its keys
    return ` Its owner allows it with "manage: ${setting}: true" ${edit}, or by starting it with: cloudtolocalllm up --allow-model-management`;
  }
  const group = GROUP_NAMES.find((name) => (GROUPS[name] as readonly string[]).includes(key)); // as: of literals
  if (group) return ` Its owner allows it with "${group}" under "allow" ${edit}.`;
  try {
    rulesOf(key);
    return ` Its owner can add it under "allow" ${edit}.`;
  } catch {
    return '';
  }
}

function wrong(reason: string): BridgeError {
  return new BridgeError('usage', reason);
}
