import type { GenerationOptions } from '@cloudtolocalllm/protocol';
import type { Logger } from 'pino';
import type { UserEvents } from '../fabric/user-events.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { ChatModel, GenerateRequest } from './chat-model.ts';
import { conversationStore, type StoredConversation } from './conversation-store.ts';
import type { Generation, Outcome } from './generation.ts';
import { messageStore } from './message-store.ts';
import { titleFromAnswer } from './title.ts';

export interface ModelTitlesLimits {
  /** The model is loaded already; on a slow computer it reads a page and writes a line in this time. */
  timeoutMs: number;
  /** What is heard of it: a model that reasons at length or never ends is not listened to. */
  characters: number;
  /** Of question and answer each: what it is about stands at the beginning. */
  excerptCharacters: number;
  /** Messages of a conversation after which the question's title stays: the model had its chances. */
  messages: number;
}
export const MODEL_TITLES_LIMITS: ModelTitlesLimits = {
  timeoutMs: 60_000,
  characters: 8_000,
  excerptCharacters: 1_000,
  messages: 8,
};

export interface ModelTitlesOptions {
  database: RelayDatabase;
  model: ChatModel;
  events: UserEvents;
  /** Whether that bridge's engine says the same to everything. */
  isDemo(bridgeId: string): boolean;
  log: Pick<Logger, 'debug'>;
  limits?: Partial<ModelTitlesLimits>;
}

/**
 * Asks the model that has answered for a title of the conversation, once each, unless a person gave it one or wants none.
 * Whatever goes wrong, the title stays. The next question in the conversation ends it: nobody waits for a title.
 */
export class ModelTitles {
  readonly #options: ModelTitlesOptions;
  readonly #limits: ModelTitlesLimits;
  readonly #conversations;
  readonly #messages;
  readonly #running = new Map<AbortController, Promise<void>>();
  #isClosed = false;

  constructor(options: ModelTitlesOptions) {
    this.#options = options;
    this.#limits = { ...MODEL_TITLES_LIMITS, ...options.limits };
    this.#conversations = conversationStore(options.database.kysely);
    this.#messages = messageStore(options.database.kysely);
  }

  /** An answer has ended. */
  ended(outcome: Outcome, generation: Pick<Generation, 'key' | 'text'>): void {
    const { key } = generation;
    if (this.#isClosed || outcome.status !== 'complete') return;
    if (this.#options.isDemo(outcome.bridgeId)) return;
    const abort = new AbortController();
    const work = this.#give(generation, outcome.bridgeId, abort)
      .catch((err: unknown) => this.#options.log.debug({ err, ...key }, 'Cannot find a title: the model gave none'))
      .finally(() => this.#running.delete(abort));
    this.#running.set(abort, work);
  }

  /** Resolves when the titles that are being looked for are there or have been given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** Gives up what is being looked for; nothing is asked any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const abort of this.#running.keys()) abort.abort();
    await this.settled();
  }

  async #give(
    { key, text }: Pick<Generation, 'key' | 'text'>,
    bridgeId: string,
    abort: AbortController,
  ): Promise<void> {
    const { userId, conversationId, messageId, userMessageId } = key;
    const { events } = this.#options;
    using _ = events.subscribe(userId, (event) => {
      const isOfOther = event.type === 'message' && event.messageId !== messageId;
      const isGone = event.type === 'conversation_deleted';
      if ((isOfOther || isGone) && event.conversationId === conversationId) abort.abort();
    });
    const timer = setTimeout(() => abort.abort(), this.#limits.timeoutMs);
    try {
      const conversation = await this.#conversations.get(userId, conversationId);
      if (!conversation || !this.#wants(conversation)) return;
      const [question, answer] = await Promise.all(
        [userMessageId ?? '', messageId].map((id) => this.#messages.get(userId, conversationId, id)),
      );
      if (!question || !answer || abort.signal.aborted) return;
      const excerpts = [question.content, text].map((said) => said.slice(0, this.#limits.excerptCharacters).trim());
      const title = titleFromAnswer(
        await this.#ask(abort, {
          userId,
          conversationId,
          named: bridgeId,
          model: answer.model ?? conversation.model,
          messages: [{ role: 'user', content: titlePrompt(excerpts) }],
          options: titleOptions(conversation),
        }),
      );
      if (title === undefined) return;
      if (await this.#conversations.titledByModel(userId, conversationId, title)) {
        events.publish(userId, { type: 'conversation', conversationId });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** What the model says. Throws when it is given up or fails. */
  async #ask(abort: AbortController, request: Omit<GenerateRequest, 'signal'>): Promise<string> {
    const { signal } = abort;
    const givenUp = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => givenUp.reject(signal.reason), { once: true });
    let said = '';
    let heard = 0;
    const hear = (content: string): void => {
      heard += content.length;
      if (heard > this.#limits.characters) abort.abort();
    };
    const sink = {
      text: (content: string) => {
        said += content;
        hear(content);
      },
      thinking: hear,
    };
    await Promise.race([this.#options.model.generate({ ...request, signal }, sink), givenUp.promise]);
    return said;
  }

  #wants({ auto_title, title_source, messages }: StoredConversation): boolean {
    const isOpen = title_source === 'default' || title_source === 'question';
    return auto_title === 1 && isOpen && messages <= this.#limits.messages;
  }
}

function titlePrompt([question = '', answer = '']: string[]): string {
  return (
    'Below is the beginning of a conversation. Write a title for it, of at most 6 words, in the language of the ' +
    `question. Answer with the title alone, without quotation marks.\n\nQuestion: ${question}\n\nAnswer: ${answer}`
  );
}

/** Another length of context would make the engine load the model again. */
function titleOptions({ options }: StoredConversation): GenerationOptions {
  // as: only validated options are stored
  const { num_ctx, keep_alive } = JSON.parse(options ?? '{}') as GenerationOptions;
  return { think: false, ...(num_ctx !== undefined && { num_ctx }), ...(keep_alive !== undefined && { keep_alive }) };
}
