import { sameModel } from '@cloudtolocalllm/protocol/bodies';
import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';

export interface Route {
  link: BridgeLink;
  /** The model's name as that bridge lists it. */
  model: string;
}

/** Names shown in an error: enough to choose from. */
const MAX_NAMES = 10;
/** Of a name that somebody sent. */
const MAX_SHOWN = 200;

export interface Wanted {
  /** The one bridge that shall answer, because the request names it. */
  named?: string | undefined;
  /** The bridge that answered before. */
  bridgeId?: string | undefined;
  model: string;
  /** Bridges that have failed to answer this already. */
  except?: ReadonlySet<string> | undefined;
}

/**
 * Chooses who answers: the bridge that is named; else of those that list the model the one that answered before, then
 * the first in their owner's order, then the one with the least to do. When none lists it: the one that answered before
 * if it lists no models at all (its engine is down, or it has just come back); else the first one, if none lists any.
 */
export function choose(online: readonly BridgeLink[], wanted: Wanted): Route | undefined {
  const { named, except } = wanted;
  const candidates = inOrder(online).filter(
    ({ bridgeId }) => !except?.has(bridgeId) && (named === undefined || bridgeId === named),
  );
  const sticky = candidates.find(({ bridgeId }) => bridgeId === wanted.bridgeId);
  for (const link of sticky ? [sticky, ...candidates] : candidates) {
    const model = link.models.find((name) => sameModel(name, wanted.model));
    if (model !== undefined) return { link, model };
  }
  const isOpen = candidates.every(({ models }) => models.length === 0);
  const link = sticky?.models.length === 0 ? sticky : isOpen ? candidates[0] : undefined;
  return link && { link, model: wanted.model };
}

/** As their owner ordered them; of those in the same place the one with the least to do first. */
export function inOrder(links: readonly BridgeLink[]): BridgeLink[] {
  return links.toSorted((a, b) => a.priority - b.priority || a.running - b.running);
}

/**
 * Waits for bridges that were just cut off, then chooses. `bridges` are the only ones there are for this request.
 * Throws RelayError bridge_offline or model_not_found, naming the models there are. Whoever fails over (`except`) tells
 * the person the first bridge's failure instead.
 */
export async function route(
  links: BridgeLinks,
  request: Wanted & { userId: string; bridges?: ReadonlySet<string> },
): Promise<Route> {
  const { userId, named, bridgeId, bridges, except } = request;
  const first = named ?? bridgeId;
  if (first !== undefined && (bridges?.has(first) ?? true) && !except?.has(first))
    await untilBack(links, userId, first);
  const online = (await links.online(userId, bridges)).filter((link) => named === undefined || link.bridgeId === named);
  const chosen = choose(online, request);
  if (chosen) return chosen;
  if (online.length === 0) {
    throw new RelayError('bridge_offline', 'Your computer is offline. Start the bridge there with: cloudtolocalllm up');
  }
  throw modelNotFound(request.model, online, named !== undefined);
}

/**
 * None of these bridges, which are online, has the model; `isNamed`: the request named the only one there is. Says what
 * `models` there are.
 */
export function modelNotFound(
  model: string,
  online: readonly Pick<BridgeLink, 'models'>[],
  isNamed = false,
): RelayError {
  const names = [...new Set(online.flatMap((link) => link.models))];
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  const where = isNamed ? 'not on that computer' : 'on none of your computers that are online';
  const there =
    names.length === 0 ? '' : ` ${isNamed ? 'It has' : 'They have'}: ${names.slice(0, MAX_NAMES).join(', ')}${more}.`;
  return new RelayError('model_not_found', `The model "${model.slice(0, MAX_SHOWN)}" is ${where}.${there}`);
}

async function untilBack(links: BridgeLinks, userId: string, bridgeId: string): Promise<void> {
  try {
    await links.require(userId, bridgeId);
  } catch (error) {
    if (error instanceof RelayError && error.code === 'bridge_offline') return;
    throw error;
  }
}
