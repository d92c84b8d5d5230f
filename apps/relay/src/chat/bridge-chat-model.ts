import type { BridgeLinks } from '../bridges/bridge-link.ts';
import type { ChatModel } from './chat-model.ts';
import { generateByEnvelopes } from './envelope-chat-model.ts';
import { generateByExchange } from './exchange-chat-model.ts';
import { route } from './routing.ts';

/** The models on a user's own computers, reached over the links of their bridges. */
export function bridgeChatModel(links: BridgeLinks): ChatModel {
  return {
    async generate(request, sink) {
      const { link, model } = await route(links, request);
      const { totalTokens } = link.streaming
        ? await generateByExchange(link, { ...request, model }, sink)
        : await generateByEnvelopes(link, { ...request, model }, sink);
      return { totalTokens, bridgeId: link.bridgeId };
    },
  };
}
