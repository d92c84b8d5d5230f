import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';

export interface Route {
  link: BridgeLink;
  /** The model's name as that bridge lists it. */
  model: string;
}

/** Names shown in an error: enough to choose from. */
const MAX_NAMES = 10;

/**
 * Chooses who answers: a bridge that lists the model, the one that answered before first; else that one if it lists no
 * models (its engine is down, or it has just come back); else the first one, if no bridge lists any. Throws RelayError
 * bridge_offline or model_not_found, naming the models there are.
 */
export async function route(
  links: BridgeLinks,
  request: { userId: string; bridgeId?: string; model: string },
): Promise<Route> {
  const sticky = request.bridgeId && (await linkOrUndefined(links, request.userId, request.bridgeId));
  const online = await links.online(request.userId);
  const [first] = online;
  if (!first) {
    throw new RelayError('bridge_offline', 'Your computer is offline. Start the bridge there with: cloudtolocalllm up');
  }
  for (const link of sticky ? [sticky, ...online] : online) {
    const model = link.models.find((name) => sameModel(name, request.model));
    if (model !== undefined) return { link, model };
  }
  if (sticky && sticky.models.length === 0) return { link: sticky, model: request.model };
  if (online.every((link) => link.models.length === 0)) return { link: first, model: request.model };
  const names = [...new Set(online.flatMap((link) => link.models))];
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  throw new RelayError(
    'model_not_found',
    `The model "${request.model}" is on none of your computers that are online. They have: ${names.slice(0, MAX_NAMES).join(', ')}${more}.`,
  );
}

/** Compares as Ollama does: `llama3.2` is `llama3.2:latest`. */
export function sameModel(a: string, b: string): boolean {
  return a === b || fullName(a) === fullName(b);
}

function fullName(model: string): string {
  // The tag is behind the last slash: a registry's port is not one.
  return model.slice(model.lastIndexOf('/') + 1).includes(':') ? model : `${model}:latest`;
}

async function linkOrUndefined(links: BridgeLinks, userId: string, bridgeId: string): Promise<BridgeLink | undefined> {
  try {
    return await links.require(userId, bridgeId);
  } catch (error) {
    if (error instanceof RelayError && error.code === 'bridge_offline') return undefined;
    throw error;
  }
}
