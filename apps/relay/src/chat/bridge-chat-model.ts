import type { AnswerMetadata, ErrorCode } from '@cloudtolocalllm/protocol';
import type { BridgeLinks } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';
import type { AnswerSink, ChatModel, GenerateRequest, MadeAnswer } from './chat-model.ts';
import { generateByEnvelopes } from './envelope-chat-model.ts';
import { generateByExchange } from './exchange-chat-model.ts';
import { choose, type Route, route } from './routing.ts';

/** What says something of one computer alone: another one may answer. */
const OF_ONE_COMPUTER: ReadonlySet<ErrorCode> = new Set([
  'bridge_offline',
  'engine_unreachable',
  'engine_timeout',
  'model_not_found',
  'policy_denied',
  'rate_limited',
]);

/** The models on a user's own computers, reached over the links of their bridges. */
export function bridgeChatModel(links: BridgeLinks): ChatModel {
  return {
    mayAnswer({ bridges, userId, ...wanted }) {
      const online = links.ofUser(userId).filter(({ bridgeId }) => bridges?.has(bridgeId) ?? true);
      return choose(online, wanted) !== undefined;
    },

    /** Fails over to another computer as long as nothing has been said. */
    async generate(request, sink) {
      const tried = new Set<string>();
      const failedOver: NonNullable<AnswerMetadata['failedOver']> = [];
      let failure: unknown;
      for (;;) {
        const chosen = await nextRoute(links, request, tried, failure);
        const { bridgeId, name: bridgeName } = chosen.link;
        sink.asked?.({ bridgeId, bridgeName, ...(failedOver.length > 0 && { failedOver: [...failedOver] }) });
        const heard = new HeardSink(sink);
        try {
          return await ask(chosen, request, heard);
        } catch (error) {
          const isElsewhereBetter = error instanceof RelayError && OF_ONE_COMPUTER.has(error.code);
          if (!isElsewhereBetter || heard.any || request.signal.aborted) throw error;
          failure ??= error;
          tried.add(bridgeId);
          failedOver.push({ bridgeId, bridgeName, reason: error.message });
        }
      }
    },
  };
}

/** Who is asked next. When nobody is left, what is thrown is the first one's failure: that is whom the person expects. */
async function nextRoute(
  links: BridgeLinks,
  request: GenerateRequest,
  except: ReadonlySet<string>,
  failure: unknown,
): Promise<Route> {
  if (except.size === 0) return route(links, request);
  // Those that are there: nobody is waited for a second time.
  const online = links.ofUser(request.userId).filter(({ bridgeId }) => request.bridges?.has(bridgeId) ?? true);
  const chosen = choose(online, { ...request, except });
  if (!chosen) throw failure;
  return chosen;
}

async function ask({ link, model }: Route, request: GenerateRequest, sink: AnswerSink): Promise<MadeAnswer> {
  const made = link.streaming
    ? await generateByExchange(link, { ...request, model }, sink)
    : await generateByEnvelopes(link, { ...request, model }, sink);
  return { ...made, bridgeId: link.bridgeId };
}

/** Knows whether anything was said. */
class HeardSink implements AnswerSink {
  any = false;
  readonly #sink: AnswerSink;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  loading(): void {
    this.#sink.loading?.();
  }

  text(content: string): void {
    this.any = true;
    this.#sink.text(content);
  }

  thinking(content: string): void {
    this.any = true;
    this.#sink.thinking?.(content);
  }

  toolCall(call: Parameters<NonNullable<AnswerSink['toolCall']>>[0]): void {
    this.any = true;
    this.#sink.toolCall?.(call);
  }
}
