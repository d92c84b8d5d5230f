import type { User } from '../accounts/rights.ts';
import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import { sameModel } from '@cloudtolocalllm/protocol/bodies';
import { inOrder, modelNotFound } from '../chat/routing.ts';
import { RelayError } from '../errors.ts';
import { mayReach } from '../keys/restrictions.ts';
import type { ModelAddress } from './model-address.ts';

/** Bridges that are asked for one request, one after another: each new try doubles what a broken network costs. */
const MAX_TRIES = 4;

/**
 * Chooses who answers: of the user's bridges that are online, and are named if some are, the first that lists the model;
 * else the first that lists none at all (it may have it all the same), else the first. `mustHave`: when all have lists
 * and none has the model, that is said instead.
 * @throws RelayError bridge_offline, model_not_found
 */
export async function chooseBridge(
  links: BridgeLinks,
  user: User,
  { address, mustHave }: { address: ModelAddress | undefined; mustHave: boolean },
): Promise<BridgeLink> {
  const online = await links.online(user.id, address?.bridges ?? user.key?.bridges);
  const candidates = inOrder(online.filter(({ streaming }) => streaming));
  const [first] = candidates;
  if (first === undefined) throw offline(address);
  if (address === undefined || candidates.length === 1) return first;
  const chosen = candidates.find(lists(address.model)) ?? candidates.find(({ models }) => models.length === 0);
  if (chosen === undefined && mustHave) throw modelNotFound(address.model, candidates.map(tellable(user)));
  return chosen ?? first;
}

/** Who else has the model, each once: for `forward`. */
export function otherBridges(
  links: BridgeLinks,
  user: User,
  model: string,
): (failed: Pick<BridgeLink, 'bridgeId'>) => BridgeLink | undefined {
  const tried = new Set<string>();
  return ({ bridgeId }) => {
    tried.add(bridgeId);
    if (tried.size >= MAX_TRIES) return undefined;
    const has = lists(model);
    const mayTry = (link: BridgeLink): boolean =>
      link.streaming && !tried.has(link.bridgeId) && mayReach(user, link.bridgeId) && has(link);
    return inOrder(links.ofUser(user.id).filter(mayTry))[0];
  };
}

/** What may be told of a bridge's models: a key that is narrowed to some hears of no others. */
function tellable({ key }: User): (link: BridgeLink) => Pick<BridgeLink, 'models'> {
  const allowed = key?.models;
  return ({ models }) => ({
    models: models.filter((name) => allowed === undefined || allowed.some((one) => sameModel(one, name))),
  });
}

function lists(model: string): (link: BridgeLink) => boolean {
  return ({ models }) => models.some((name) => sameModel(name, model));
}

function offline(address: ModelAddress | undefined): RelayError {
  return new RelayError(
    'bridge_offline',
    address?.bridges === undefined
      ? 'Your computer is offline. Start the bridge there with: cloudtolocalllm up'
      : 'The computer that the model names is offline. Start the bridge there with: cloudtolocalllm up',
  );
}
