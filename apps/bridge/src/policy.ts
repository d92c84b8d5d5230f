import { modelFilter, narrows } from './policy/model-names.ts';
import { howToAllow, isPlain, MANAGEMENT, modelInPath, rulesOf } from './policy/path-rules.ts';
import { DEFAULT_SETTINGS, type PolicySettings } from './policy/policy-settings.ts';

/** What a policy says to a request; the reason is meant for whoever asked. */
export type Verdict = { allowed: true; path: string } | { allowed: false; reason: string };

/** What a policy says to a model's name. */
export type ModelVerdict = { allowed: true } | { allowed: false; reason: string };

export interface Policy {
  /** Models may be loaded, pulled or deleted: which of it, `check` says. */
  readonly mayManageModels: boolean;
  /** `path` with query, as it came: from a relay that is not trusted. */
  check(method: string, path: string): Verdict;
  /** Only some models may be used: bodies have to be looked at. */
  readonly narrowsModels: boolean;
  checkModel(model: string): ModelVerdict;
  /** Requests at the same time, over all engines; undefined = as many as come. */
  readonly maxConcurrent: number | undefined;
  /** Requests that wait for their turn, over all engines; undefined = as many as the bridge keeps. */
  readonly maxWaiting: number | undefined;
}

/** Whether this model may be told of. */
export function mayTell(policy: Policy, model: string): boolean {
  return !policy.narrowsModels || policy.checkModel(model).allowed;
}

/** Of a name or path that somebody sent, in a reason. */
const MAX_SHOWN = 100;

/** Whether a request, if it succeeds, changes what models there are. */
export function changesModels(method: string, path: string): boolean {
  return Object.hasOwn(MANAGEMENT, `${method} ${splitOnce(path, '?')[0]}`);
}

/** The policy that holds while its owner has not written one, with models to be managed if they allow it. */
export function defaultPolicy({ allowModelManagement = false } = {}): Policy {
  return createPolicy(DEFAULT_SETTINGS, { allowModelManagement });
}

/** The policy of these settings; `allowModelManagement` adds to them. */
export function createPolicy(settings: PolicySettings, { allowModelManagement = false } = {}): Policy {
  const { models, limits } = settings;
  const manage = managed(settings, allowModelManagement);
  const rules = settings.allow.flatMap((text) => rulesOf(text));
  const exact = new Set(rules.filter((rule) => !rule.endsWith('*')));
  const prefixes = rules.filter((rule) => rule.endsWith('*')).map((rule) => rule.slice(0, -1));
  for (const [rule, setting] of Object.entries(MANAGEMENT)) if (manage[setting]) exact.add(rule);
  const isAllowed = modelFilter(models);

  function checkModel(model: string): ModelVerdict {
    if (isAllowed(model)) return { allowed: true };
    const reason = `The policy of this bridge does not allow the model "${asciiOnly(model)}". Its owner says which under "models" in its policy file (cloudtolocalllm policy edit).`;
    return { allowed: false, reason };
  }

  return {
    mayManageModels: manage.load,
    narrowsModels: narrows(models),
    checkModel,
    maxConcurrent: counted(limits.running),
    maxWaiting: counted(limits.waiting),
    check(method, url) {
      const [path, query] = splitOnce(url, '?');
      if (!isPlain(method, path, query)) {
        return { allowed: false, reason: 'The method or path has characters that this bridge does not forward.' };
      }
      // HEAD is GET without the body.
      const key = `${method === 'HEAD' ? 'GET' : method} ${path}`;
      if (exact.has(key) || prefixes.some((prefix) => key.startsWith(prefix))) {
        const model = modelInPath(path);
        const verdict = model === undefined ? undefined : checkModel(model);
        return verdict?.allowed === false ? verdict : { allowed: true, path: url };
      }
      const reason = `${method} ${path.slice(0, MAX_SHOWN)} is not allowed by the policy of this bridge.${howToAllow(key)}`;
      return { allowed: false, reason };
    },
  };
}

/** What may be done with models. Who pulls or deletes them may load them, too: any question does. */
export function managed({ manage }: PolicySettings, allowModelManagement = false): PolicySettings['manage'] {
  if (allowModelManagement) return { load: true, pull: true, delete: true };
  return { ...manage, load: manage.load || manage.pull || manage.delete };
}

/** A policy that lets nothing through, for this reason. */
export function closedPolicy(reason: string): Policy {
  const no = { allowed: false, reason } as const;
  return {
    mayManageModels: false,
    narrowsModels: true,
    maxConcurrent: undefined,
    maxWaiting: undefined,
    check: () => no,
    checkModel: () => no,
  };
}

function counted(limit: number | 'unlimited'): number | undefined {
  return limit === 'unlimited' ? undefined : limit;
}

function asciiOnly(text: string): string {
  return text.slice(0, MAX_SHOWN).replaceAll(/[^\x20-\x7e]/g, '?');
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
