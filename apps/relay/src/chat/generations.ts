import { DEFAULT_TITLE, newId } from '@cloudtolocalllm/protocol';
import type { FastifyBaseLogger } from 'fastify';
import { LRUCache } from 'lru-cache';
import { RelayError } from '../errors.ts';
import type { StreamSlots } from '../limits/stream-slots.ts';
import { DatabaseError } from '../storage/database-error.ts';
import type { RelayDatabase } from '../storage/database.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { ChatModel, PromptMessage } from './chat-model.ts';
import { type ConversationStore, type StoredConversation, conversationStore } from './conversation-store.ts';
import { Generation, GENERATION_LIMITS, type GenerationLimits, type Outcome } from './generation.ts';
import { type MessageStore, messageStore } from './message-store.ts';
import { titleFrom } from './title.ts';

export interface GenerationsLimits extends GenerationLimits {
  /** Characters of a prompt: more than any engine's context holds; older messages are left out. */
  promptCharacters: number;
  /** How long, and how many characters of, ended generations are kept for listeners who come back. */
  recentMs: number;
  recentCharacters: number;
  /** Between two transactions that store what was said. */
  tickMs?: number;
}
export const GENERATIONS_LIMITS: GenerationsLimits = {
  ...GENERATION_LIMITS,
  promptCharacters: 1_000_000,
  recentMs: 120_000,
  recentCharacters: 16_000_000,
};

export interface GenerationsOptions {
  database: RelayDatabase;
  model: ChatModel;
  log: Pick<FastifyBaseLogger, 'info' | 'error'>;
  limits?: Partial<GenerationsLimits>;
  /** Told of each one that has ended, for the metrics. */
  ended?: (outcome: Outcome) => void;
  /** Each generation holds one from its question to its end. Absent: there may be any number. */
  streams?: Pick<StreamSlots, 'take'>;
}

interface Question {
  conversation: StoredConversation;
  content: string;
  bridges: ReadonlySet<string> | undefined;
  /** Called when it is answered: the conversation takes the next one. */
  free: () => void;
}

const INTERRUPTED = {
  code: 'interrupted',
  message: 'The relay was stopped while this answer was written. What was said until then is kept.',
} as const;

/** The generations that run in this process: started by a message, ended by themselves, watched by anyone. */
export class Generations {
  readonly #database: RelayDatabase;
  readonly #conversations: ConversationStore;
  readonly #messages: MessageStore;
  readonly #model: ChatModel;
  readonly #log: GenerationsOptions['log'];
  readonly #limits: GenerationsLimits;
  readonly #ended: (outcome: Outcome) => void;
  readonly #streams: GenerationsOptions['streams'];
  readonly #writer: AnswerWriter;
  readonly #running = new Map<string, Generation>();
  readonly #recent: LRUCache<string, Generation>;
  /** Conversations with a generation that runs or is about to. */
  readonly #busy = new Set<string>();
  readonly #work = new Set<Promise<unknown>>();
  #closing: 'no' | 'grace' | 'now' = 'no';

  constructor({ database, model, log, limits, ended = () => {}, streams }: GenerationsOptions) {
    this.#database = database;
    this.#conversations = conversationStore(database.kysely);
    this.#messages = messageStore(database.kysely);
    this.#model = model;
    this.#log = log;
    this.#limits = { ...GENERATIONS_LIMITS, ...limits };
    this.#ended = ended;
    this.#streams = streams;
    this.#writer = new AnswerWriter(database, this.#messages, {
      onError: (err) => log.error({ err }, 'Cannot store answers: the transaction failed'),
      tickMs: this.#limits.tickMs,
    });
    this.#recent = new LRUCache({
      ttl: this.#limits.recentMs,
      maxSize: this.#limits.recentCharacters,
      sizeCalculation: ({ text, last }) => text.length + 8 * last,
    });
  }

  /** Those that are running now. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** At boot, before anything runs: what a killed relay left streaming is marked interrupted, with the text it has. */
  async recover(): Promise<void> {
    const count = await this.#messages.interruptStreaming(INTERRUPTED);
    if (count > 0) this.#log.info({ count }, 'Marked the answers of a killed relay as interrupted');
  }

  /**
   * Stores the message and an empty answer, then lets the model answer; resolves once both are committed. `bridges` are
   * the only ones that may answer; `admit` is asked before anything is stored.
   * Throws RelayError: conflict while an answer is being made, not_found when the conversation is gone, rate_limited when
   * the user has too many streams, shutting_down, or what `admit` throws.
   */
  async send(
    conversation: StoredConversation,
    content: string,
    bridges?: ReadonlySet<string>,
    admit?: () => Promise<void>,
  ): Promise<Generation> {
    if (this.#closing !== 'no') throw shuttingDown();
    if (this.#busy.has(conversation.id)) {
      throw new RelayError(
        'conflict',
        'This conversation is still being answered. Wait for the answer or stop it first.',
      );
    }
    const slot = this.#streams?.take(conversation.user_id);
    this.#busy.add(conversation.id);
    const free = (): void => {
      this.#busy.delete(conversation.id);
      slot?.[Symbol.dispose]();
    };
    try {
      await admit?.();
      return await this.#tracked(this.#start({ conversation, content, bridges, free }));
    } catch (error) {
      free();
      throw error;
    }
  }

  /** The generation of a message while it runs and for a short time after. */
  find(userId: string, conversationId: string, messageId: string): Generation | undefined {
    const generation = this.#running.get(messageId) ?? this.#recent.get(messageId);
    if (generation?.key.userId !== userId || generation.key.conversationId !== conversationId) return undefined;
    return generation;
  }

  /** Before a conversation is removed: stops what runs in it and forgets what ran. */
  async dropConversation(userId: string, conversationId: string): Promise<void> {
    const isIn = ({ key }: Generation) => key.userId === userId && key.conversationId === conversationId;
    const running = [...this.#running.values()].filter(isIn);
    for (const generation of running) generation.stop();
    await Promise.all(running.map((generation) => generation.ended));
    for (const [messageId, generation] of this.#recent.entries()) {
      if (isIn(generation)) this.#recent.delete(messageId);
    }
  }

  /** Takes nothing new, lets running ones finish within the grace and then interrupts them; resolves when all is stored. */
  async close(graceMs: number): Promise<void> {
    this.#closing = 'grace';
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, graceMs);
    await Promise.race([this.#idle(), grace.promise]);
    clearTimeout(timer);
    this.#closing = 'now';
    for (const generation of this.#running.values()) generation.interrupt(shuttingDown());
    await this.#idle();
  }

  async #start({ conversation, content, bridges, free }: Question): Promise<Generation> {
    const { id: conversationId, user_id: userId, model } = conversation;
    const prompt = await this.#prompt(conversation, content);
    const key = { userId, conversationId, messageId: newId('msg'), userMessageId: newId('msg') };
    const created = new Date().toISOString();
    const row = { conversation_id: conversationId, user_id: userId, created };
    try {
      await this.#database.batch([
        this.#messages.added({
          ...row,
          id: key.userMessageId,
          role: 'user',
          content,
          status: 'complete',
          model: null,
          parent_id: conversation.current_message_id,
        }),
        this.#messages.added({
          ...row,
          id: key.messageId,
          role: 'assistant',
          content: '',
          status: 'loading',
          model,
          parent_id: key.userMessageId,
        }),
        this.#conversations.shown(userId, conversationId, key.messageId),
        this.#conversations.touched(userId, conversationId, created),
        this.#conversations.titled(userId, conversationId, DEFAULT_TITLE, titleFrom(content) || DEFAULT_TITLE),
      ]);
    } catch (error) {
      // The one constraint that can fail: the conversation was removed meanwhile.
      if (!(error instanceof DatabaseError && error.code === 'constraint')) throw error;
      throw new RelayError('not_found', 'This conversation does not exist any more.', { cause: error });
    }
    const generation = new Generation(key, this.#limits);
    this.#running.set(key.messageId, generation);
    const bridgeId = conversation.bridge_id ?? undefined;
    const request = { userId, conversationId, bridgeId, bridges, model, messages: prompt };
    void this.#tracked(this.#run(generation, request, free));
    if (this.#closing === 'now') generation.interrupt(shuttingDown());
    return generation;
  }

  async #run(generation: Generation, request: Parameters<Generation['run']>[1], free: () => void): Promise<void> {
    const { messageId } = generation.key;
    const outcome = await generation.run(this.#model, request, {
      said: () => this.#writer.changed(generation),
      commit: async (made) => {
        try {
          await this.#commit(generation, made);
        } finally {
          // Free before the final event is sent: who reads it may ask the next question at once.
          this.#running.delete(messageId);
          this.#recent.set(messageId, generation);
          free();
        }
      },
    });
    this.#ended(outcome);
    const { status } = outcome;
    if (!('error' in outcome)) this.#log.info({ messageId, status }, 'Answer ended');
    else if (outcome.error.code !== 'internal_error')
      this.#log.info({ messageId, status, code: outcome.error.code }, 'Answer ended');
    else this.#log.error({ messageId, status, err: outcome.error.cause }, 'Answer ended');
  }

  #commit(generation: Generation, outcome: Outcome): Promise<void> {
    const { userId, conversationId, messageId } = generation.key;
    const finished = { ...outcome, content: generation.text };
    return this.#writer.finish(generation, [
      this.#messages.finished(userId, messageId, finished),
      this.#conversations.touched(userId, conversationId, new Date().toISOString()),
      ...('bridgeId' in outcome ? [this.#conversations.answeredBy(userId, conversationId, outcome.bridgeId)] : []),
    ]);
  }

  async #prompt({ id, user_id, system_prompt }: StoredConversation, content: string): Promise<PromptMessage[]> {
    const system: PromptMessage[] = system_prompt ? [{ role: 'system', content: system_prompt }] : [];
    const room = this.#limits.promptCharacters - content.length - (system_prompt?.length ?? 0);
    const said = await this.#messages.prompt(user_id, id, room);
    return [...system, ...said, { role: 'user', content }];
  }

  async #tracked<Result>(work: Promise<Result>): Promise<Result> {
    this.#work.add(work);
    try {
      return await work;
    } finally {
      this.#work.delete(work);
    }
  }

  async #idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }
}

function shuttingDown(): RelayError {
  return new RelayError(
    'shutting_down',
    'The relay is restarting. What was said until now is kept; ask again in a moment.',
  );
}
