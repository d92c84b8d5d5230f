/** What a policy says to a request; the reason is meant for whoever asked. */
export type Verdict = { allowed: true; path: string } | { allowed: false; reason: string };

/** What a policy says to a model's name. */
export type ModelVerdict = { allowed: true } | { allowed: false; reason: string };

export interface Policy {
  /** Models may be pulled and deleted. */
  readonly mayManageModels: boolean;
  /** `path` with query, as it came: from a relay that is not trusted. */
  check(method: string, path: string): Verdict;
  /** Only some models may be used: bodies have to be looked at. */
  readonly narrowsModels: boolean;
  checkModel(model: string): ModelVerdict;
  /** Requests at the same time, over all engines; undefined = as many as come. */
  readonly maxConcurrent: number | undefined;
}

type Rules = readonly (readonly [method: string, path: string])[];

/** Inference and listing: what is allowed unless the owner says otherwise. */
const DEFAULT_RULES: Rules = [
  ['GET', '/'],
  ['GET', '/api/ps'],
  ['GET', '/api/tags'],
  ['GET', '/api/version'],
  ['POST', '/api/chat'],
  ['POST', '/api/embed'],
  ['POST', '/api/embeddings'],
  ['POST', '/api/generate'],
  ['POST', '/api/show'],
  ['GET', '/v1/models'],
  ['GET', '/v1/models/*'],
  ['POST', '/v1/chat/completions'],
  ['POST', '/v1/completions'],
  ['POST', '/v1/embeddings'],
  ['POST', '/v1/messages'],
  ['POST', '/v1/messages/count_tokens'],
  ['POST', '/v1/responses'],
];

/** Only when the owner allows it. Create, copy and push stay off: they make or give away models. */
const MANAGEMENT_RULES: Rules = [
  ['POST', '/api/pull'],
  ['DELETE', '/api/delete'],
];
const MANAGEMENT = new Set(MANAGEMENT_RULES.map(([method, path]) => `${method} ${path}`));

const PLAIN_METHOD = /^[A-Z]{1,16}$/;
/** Segments of plain characters and single slashes: nothing that a URL parser could read as a host or a parent. */
const PLAIN_PATH = /^(?:\/|(?:\/[A-Za-z0-9_~:@+-][A-Za-z0-9._~:@+-]*)+)$/;
/** RFC 3986's query characters. */
const PLAIN_QUERY = /^[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*$/;

/** Whether a request, if it succeeds, changes what models there are. */
export function changesModels(method: string, path: string): boolean {
  return MANAGEMENT.has(`${method} ${splitOnce(path, '?')[0]}`);
}

/** The policy that holds while its owner has not written one, with models to be managed if they allow it. */
export function defaultPolicy({ allowModelManagement = false } = {}): Policy {
  const rules = [...DEFAULT_RULES, ...(allowModelManagement ? MANAGEMENT_RULES : [])];
  const exact = new Set(rules.filter(([, path]) => !path.endsWith('*')).map(([method, path]) => `${method} ${path}`));
  const prefixes = rules
    .filter(([, path]) => path.endsWith('*'))
    .map(([method, path]) => `${method} ${path.slice(0, -1)}`);
  return {
    mayManageModels: allowModelManagement,
    narrowsModels: false,
    checkModel: () => ({ allowed: true }),
    maxConcurrent: undefined,
    check(method, url) {
      const [path, query] = splitOnce(url, '?');
      if (!PLAIN_METHOD.test(method) || !PLAIN_PATH.test(withPlainModel(path)) || !PLAIN_QUERY.test(query)) {
        return { allowed: false, reason: 'The method or path has characters that this bridge does not forward.' };
      }
      // HEAD is GET without the body.
      const key = `${method === 'HEAD' ? 'GET' : method} ${path}`;
      if (exact.has(key) || prefixes.some((prefix) => key.startsWith(prefix))) return { allowed: true, path: url };
      const how = MANAGEMENT.has(key)
        ? ' Its owner allows it by starting it with: cloudtolocalllm up --allow-model-management'
        : '';
      return {
        allowed: false,
        reason: `${method} ${path.slice(0, 100)} is not allowed by the policy of this bridge.${how}`,
      };
    },
  };
}

const ONE_MODEL = '/v1/models/';

/** A path as it reads when the colons and slashes of a model's name, which OpenAI's clients write `%3A` and `%2F`, are plain. */
function withPlainModel(path: string): string {
  if (!path.startsWith(ONE_MODEL)) return path;
  return path.replaceAll(/%3a/gi, ':').replaceAll(/%2f/gi, '/');
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
