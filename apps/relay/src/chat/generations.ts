import { RelayError } from '../errors.ts';
import { DatabaseError } from '../storage/database-error.ts';
import type { RelayDatabase } from '../storage/database.ts';
import { AnswerMaker, type AnswerTask, Hold } from './answer-maker.ts';
import { type AnswerPlan, planAgain, planMore, planQuestion, planStored, type Question } from './answer-plans.ts';
import { AnswerWriter, saidBy } from './answer-writer.ts';
import { attachmentStore } from './attachments/attachment-store.ts';
import { type StoredConversation, conversationStore } from './conversation-store.ts';
import { Generation, type Outcome } from './generation.ts';
import { GenerationTable } from './generation-table.ts';
import {
  type AskOptions,
  GENERATIONS_LIMITS,
  type GenerationsLimits,
  type GenerationsOptions,
} from './generations-options.ts';
import { beingAnswered, INTERRUPTED, shuttingDown } from './interruptions.ts';
import { messageStore } from './message-store.ts';
import { onlyBridge } from './only-bridge.ts';
import { OpenWork } from './open-work.ts';
import { WaitingAnswers } from './waiting-answers.ts';

/** The generations that run or wait in this process: started by a message, ended by themselves, watched by anyone. */
export class Generations {
  readonly #database: RelayDatabase;
  readonly #log: GenerationsOptions['log'];
  readonly #limits: GenerationsLimits;
  readonly #stores;
  readonly #streams: GenerationsOptions['streams'];
  readonly #events: GenerationsOptions['events'];
  readonly #ended: NonNullable<GenerationsOptions['ended']>;
  readonly #now: GenerationsOptions['now'];
  readonly #writer: AnswerWriter;
  readonly #waiting: WaitingAnswers;
  readonly #maker: AnswerMaker;
  readonly #table: GenerationTable;
  readonly #work = new OpenWork();
  #closing: 'no' | 'grace' | 'now' = 'no';

  constructor({ database, model, log, limits, ended = () => {}, streams, events, now }: GenerationsOptions) {
    const { kysely } = database;
    this.#database = database;
    this.#stores = {
      conversations: conversationStore(kysely),
      messages: messageStore(kysely),
      attachments: attachmentStore(kysely),
    };
    this.#log = log;
    this.#limits = { ...GENERATIONS_LIMITS, ...limits };
    this.#streams = streams;
    this.#events = events;
    this.#ended = ended;
    this.#now = now;
    this.#writer = new AnswerWriter(database, this.#stores.messages, {
      onError: (err) => log.error({ err }, 'Cannot store answers: the transaction failed'),
      onFirst: (generation) => this.#tell(generation),
      tickMs: this.#limits.tickMs,
    });
    this.#waiting = new WaitingAnswers({
      events,
      take: (userId) => streams?.take(userId) ?? { [Symbol.dispose]() {} },
      perUser: this.#limits.waitingPerUser,
    });
    this.#maker = new AnswerMaker({
      database,
      stores: this.#stores,
      model,
      waiting: this.#waiting,
      promptCharacters: this.#limits.promptCharacters,
      changed: (generation) => this.#tell(generation),
    });
    this.#table = new GenerationTable(this.#limits);
  }

  /** Those that are being made now. */
  get runningCount(): number {
    return this.#table.runningCount;
  }

  /**
   * At boot, before anything runs: what a killed relay left streaming is marked interrupted, with the text it has, and
   * what waited goes on waiting.
   */
  async recover(): Promise<void> {
    const { messages } = this.#stores;
    const count = await messages.interruptStreaming(INTERRUPTED);
    if (count > 0) this.#log.info({ count }, 'Marked the answers of a killed relay as interrupted');
    for (const row of await messages.queued()) {
      const plan = planStored(row);
      const { userId, conversationId } = plan.key;
      this.#table.busy.add(conversationId);
      const wait = { created: row.created, expires: row.expires ?? row.created };
      const hold = new Hold(this.#waiting.place(userId, true));
      this.#begin({ plan, named: row.wanted_bridge_id ?? undefined, wait, waits: true, hold });
    }
  }

  /**
   * Stores the question and an empty answer, then lets the model answer; resolves once both are committed.
   * Throws RelayError: conflict while an answer is being made, not_found when the conversation is gone,
   * validation_failed, rate_limited when the user has too many streams, queue_full when too many wait, shutting_down, or
   * what `admit` throws.
   */
  send(conversation: StoredConversation, question: Question, options: AskOptions = {}): Promise<Generation> {
    return this.#ask(conversation, options, () => planQuestion(this.#stores, conversation, question, options));
  }

  /** Has another answer made beside this one, or to this question. Throws as `send` does. */
  regenerate(conversation: StoredConversation, messageId: string, options: AskOptions = {}): Promise<Generation> {
    return this.#ask(conversation, options, () => planAgain(this.#stores, conversation, messageId, options));
  }

  /** Has more of this answer made. Throws as `send` does. */
  continue(conversation: StoredConversation, messageId: string, options: AskOptions = {}): Promise<Generation> {
    return this.#ask(conversation, options, () => planMore(this.#stores, conversation, messageId, options));
  }

  /** The generation of a message while it runs or waits, and for a short time after. */
  find(userId: string, conversationId: string, messageId: string): Generation | undefined {
    return this.#table.find(userId, conversationId, messageId);
  }

  /** Those of one conversation that run or wait now. */
  runningIn(userId: string, conversationId: string): Generation[] {
    return this.#table.runningIn(userId, conversationId);
  }

  /**
   * Removes messages while no answer of their conversation is being made, and none begins; forgets what ran in it.
   * Throws RelayError conflict.
   */
  async removing<Result>(userId: string, conversationId: string, remove: () => Promise<Result>): Promise<Result> {
    if (this.#table.busy.has(conversationId)) throw beingAnswered();
    this.#table.busy.add(conversationId);
    try {
      return await this.#work.tracked(remove());
    } finally {
      this.#table.forget(userId, conversationId);
      this.#table.busy.delete(conversationId);
    }
  }

  /** Before a conversation is removed: stops what runs in it and forgets what ran. */
  async dropConversation(userId: string, conversationId: string): Promise<void> {
    const running = this.runningIn(userId, conversationId);
    for (const generation of running) generation.stop();
    await Promise.all(running.map((generation) => generation.ended));
    this.#table.forget(userId, conversationId);
  }

  /** Before all of a person's is removed: stops what runs or waits, and forgets what ran. */
  async dropUser(userId: string): Promise<void> {
    const running = this.#table.ofUser(userId);
    for (const generation of running) generation.stop();
    await Promise.all(running.map((generation) => generation.ended));
    this.#table.forgetUser(userId);
  }

  /**
   * Takes nothing new, lets running ones finish within the grace and then interrupts them; those that wait are left to
   * the next relay. Resolves when all is stored.
   */
  async close(graceMs: number): Promise<void> {
    this.#closing = 'grace';
    for (const generation of this.#table.running.values()) if (generation.status === 'queued') end(generation);
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, graceMs);
    await Promise.race([this.#work.idle(), grace.promise]);
    clearTimeout(timer);
    this.#closing = 'now';
    for (const generation of this.#table.running.values()) end(generation);
    await this.#work.idle();
  }

  async #ask(
    conversation: StoredConversation,
    options: AskOptions,
    makePlan: () => Promise<AnswerPlan>,
  ): Promise<Generation> {
    if (this.#closing !== 'no') throw shuttingDown();
    const { id } = conversation;
    if (this.#table.busy.has(id)) throw beingAnswered();
    this.#table.busy.add(id);
    const hold = new Hold();
    try {
      return await this.#work.tracked(this.#start(conversation, options, makePlan, hold));
    } catch (error) {
      this.#table.busy.delete(id);
      hold.put(undefined);
      throw error;
    }
  }

  async #start(
    conversation: StoredConversation,
    { bridgeId, bridges, ifOffline, admit }: AskOptions,
    makePlan: () => Promise<AnswerPlan>,
    hold: Hold,
  ): Promise<Generation> {
    const mayWait = ifOffline === 'wait';
    const named = bridgeId ?? (mayWait ? onlyBridge(bridges) : undefined);
    const plan = await makePlan();
    const { user_id: userId, id: conversationId } = conversation;
    const sticky = conversation.bridge_id ?? undefined;
    const waits = mayWait && !this.#maker.mayAnswer({ userId, model: plan.model, named, bridgeId: sticky, bridges });
    hold.put(waits ? this.#waiting.place(userId) : this.#streams?.take(userId));
    await admit?.(plan.model);
    const created = new Date();
    const wait = { created: created.toISOString(), expires: new Date(+created + this.#limits.waitMs).toISOString() };
    try {
      await this.#database.batch(
        plan.queries({
          status: waits ? 'queued' : 'loading',
          expires: waits ? wait.expires : null,
          wanted_bridge_id: named ?? null,
          created: wait.created,
        }),
      );
    } catch (error) {
      // The one constraint that can fail: the conversation was removed meanwhile.
      if (!(error instanceof DatabaseError && error.code === 'constraint')) throw error;
      throw new RelayError('not_found', 'This conversation does not exist any more.', { cause: error });
    }
    const generation = this.#begin({ plan, named, bridges, ...(mayWait && { wait }), waits, hold });
    const { userMessageId: question } = plan.key;
    if (question !== undefined) this.#events?.publish(userId, { type: 'message', conversationId, messageId: question });
    this.#tell(generation);
    this.#events?.publish(userId, { type: 'conversation', conversationId });
    if (this.#closing === 'now' || (this.#closing === 'grace' && waits)) end(generation);
    return generation;
  }

  #begin({ plan, waits, ...task }: Beginning): Generation {
    const { key, before, model } = plan;
    const generation = new Generation(key, { limits: this.#limits, before, now: this.#now });
    this.#table.running.set(key.messageId, generation);
    if (waits) generation.waits();
    void this.#work.tracked(this.#run({ ...task, generation, model }));
    return generation;
  }

  async #run(task: AnswerTask): Promise<void> {
    const { generation, hold } = task;
    const { messageId, conversationId } = generation.key;
    const free = (): void => {
      this.#table.running.delete(messageId);
      this.#table.busy.delete(conversationId);
      hold.put(undefined);
    };
    const outcome = await generation.run((sink, signal) => this.#maker.make(task, sink, signal), {
      said: () => this.#writer.changed(generation),
      commit: async (made) => {
        try {
          await this.#commit(generation, made);
        } finally {
          // Free before the final event is sent: who reads it may ask the next question at once.
          free();
          this.#table.ended(generation);
        }
      },
    });
    if (generation.isAbandoned) return free();
    this.#tell(generation);
    this.#ended(outcome, generation);
    const { status } = outcome;
    const code = 'error' in outcome ? outcome.error.code : undefined;
    if ('error' in outcome && code === 'internal_error')
      this.#log.error({ messageId, status, err: outcome.error.cause }, 'Answer ended');
    else this.#log.info({ messageId, status, ...(code && { code }) }, 'Answer ended');
  }

  async #commit(generation: Generation, outcome: Outcome): Promise<void> {
    const { conversations, messages } = this.#stores;
    const { userId, conversationId, messageId } = generation.key;
    const said = saidBy(generation);
    // With the number of the final event, which is sent when this is stored.
    const finished = { ...said, ...outcome, metadata: generation.metadata, lastSeq: said.lastSeq + 1 };
    await this.#writer.finish(generation, [
      messages.finished(userId, messageId, finished),
      conversations.touched(userId, conversationId, new Date().toISOString()),
      ...('bridgeId' in outcome ? [conversations.answeredBy(userId, conversationId, outcome.bridgeId)] : []),
    ]);
    this.#events?.publish(userId, { type: 'conversation', conversationId });
  }

  /** A message has changed. */
  #tell({ key: { userId, conversationId, messageId } }: Generation): void {
    this.#events?.publish(userId, { type: 'message', conversationId, messageId });
  }
}

type Beginning = Omit<AnswerTask, 'generation' | 'model'> & { plan: Omit<AnswerPlan, 'queries'>; waits: boolean };

/** A relay that ends: what waits stays as it is, for the next one. */
function end(generation: Generation): void {
  if (generation.status === 'queued') generation.abandon(shuttingDown());
  else generation.interrupt(shuttingDown());
}
