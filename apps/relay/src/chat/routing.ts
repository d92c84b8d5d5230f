import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';

export interface Route {
  link: BridgeLink;
  /** The model's name as that bridge lists it. */
  model: string;
}

/** Names shown in an error: enough to choose from. */
const MAX_NAMES = 10;

export interface Wanted {
  /** The bridge that answered before. */
  bridgeId?: string | undefined;
  model: string;
}

/**
 * Chooses who answers: a bridge that lists the model, the one that answered before first; else that one if it lists no
 * models (its engine is down, or it has just come back); else the first one, if no bridge lists any.
 */
export function choose(online: readonly BridgeLink[], wanted: Wanted): Route | undefined {
  const sticky = online.find(({ bridgeId }) => bridgeId === wanted.bridgeId);
  for (const link of sticky ? [sticky, ...online] : online) {
    const model = link.models.find((name) => sameModel(name, wanted.model));
    if (model !== undefined) return { link, model };
  }
  const isOpen = online.every(({ models }) => models.length === 0);
  const link = sticky?.models.length === 0 ? sticky : isOpen ? online[0] : undefined;
  return link && { link, model: wanted.model };
}

/**
 * Waits for bridges that were just cut off, then chooses. `bridges` are the only ones there are for this request.
 * Throws RelayError bridge_offline or model_not_found, naming the models there are.
 */
export async function route(
  links: BridgeLinks,
  request: Wanted & { userId: string; bridges?: ReadonlySet<string> },
): Promise<Route> {
  const { userId, bridgeId, bridges } = request;
  if (bridgeId !== undefined && (bridges?.has(bridgeId) ?? true)) await untilBack(links, userId, bridgeId);
  const online = await links.online(userId, bridges);
  const chosen = choose(online, request);
  if (chosen) return chosen;
  if (online.length === 0) {
    throw new RelayError('bridge_offline', 'Your computer is offline. Start the bridge there with: cloudtolocalllm up');
  }
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

async function untilBack(links: BridgeLinks, userId: string, bridgeId: string): Promise<void> {
  try {
    await links.require(userId, bridgeId);
  } catch (error) {
    if (error instanceof RelayError && error.code === 'bridge_offline') return;
    throw error;
  }
}
