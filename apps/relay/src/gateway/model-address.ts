import type { BodyString } from '@cloudtolocalllm/protocol/bodies';

/** A model, and the bridges that may answer for it when the name says so: `model@bridge`. */
export interface ModelAddress {
  model: string;
  /** Undefined when it names none. */
  bridges: ReadonlySet<string> | undefined;
}

/** One model by its name. */
const MODEL_PATH = '/v1/models/';
/** `@` as it stands in a path. */
const AT = /@|%40/gi;

/**
 * Takes `model@bridge` apart at its last `@`. What stands behind it must be what a bridge is called, or its id; if not,
 * it belongs to the model's name. `named` tells which bridges are meant by a name.
 */
export async function modelAddress(
  model: string,
  named: (name: string) => Promise<ReadonlySet<string>>,
): Promise<ModelAddress> {
  const at = model.lastIndexOf('@');
  const bridges = at > 0 && at < model.length - 1 ? await named(model.slice(at + 1)) : undefined;
  if (bridges === undefined || bridges.size === 0) return { model, bridges: undefined };
  return { model: model.slice(0, at), bridges };
}

/** The model that a path names (`/v1/models/…`), and the path without the bridge that the model's name ends with. */
export function modelInPath(path: string): { model: string; withoutBridge: () => string } | undefined {
  if (!path.startsWith(MODEL_PATH)) return undefined;
  const [target = ''] = path.split('?', 1);
  const model = decoded(target.slice(MODEL_PATH.length));
  if (model === undefined || model === '') return undefined;
  const withoutBridge = (): string => {
    const at = [...target.matchAll(AT)].at(-1)?.index ?? target.length;
    return `${path.slice(0, at)}${path.slice(target.length)}`;
  };
  return { model, withoutBridge };
}

/** The same bytes with another model in the place of the one that stands there. */
export function withModel(chunks: readonly Buffer[], { start, end }: BodyString, model: string): Buffer {
  const body = Buffer.concat(chunks);
  return Buffer.concat([body.subarray(0, start), Buffer.from(JSON.stringify(model)), body.subarray(end)]);
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
