import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { ApiError, type ChatEvent, type Client } from '@cloudtolocalllm/sdk';
import type { Ledger } from './ledger.ts';
import { ToldAnswer } from './told-answer.ts';

const MODEL = 'tiny-demo:latest';
/** Between tries of a listener whom the network or the relay has left. */
const COME_BACK_MS = 500;

export interface SoakUserOptions {
  number: number;
  client: Client;
  bridgeIds: readonly string[];
  ledger: Ledger;
  random: Random;
  pauseMs: number;
}

/** One person, who asks on one device, listens on others, and leaves and comes back. */
export class SoakUser {
  readonly #options: SoakUserOptions;
  readonly #listening = new Set<Promise<void>>();
  #conversationId: string | undefined;
  #questions = 0;

  constructor(options: SoakUserOptions) {
    this.#options = options;
  }

  /** Asks until the signal, then listens until all that it was promised has come, or `patience` ends. */
  async run(signal: AbortSignal, patience: AbortSignal): Promise<void> {
    const { random, pauseMs, ledger, number } = this.#options;
    while (!signal.aborted) {
      const dice = random.next();
      try {
        if (dice < 0.55) await this.#chat(patience);
        else if (dice < 0.75) await this.#chatWhenBack(patience);
        else await this.#queue(patience);
      } catch (error) {
        if (!(error instanceof ApiError)) ledger.problems.push(`user ${number}: ${String(error)}`);
        else ledger.refused(error.code);
      }
      await sleep(random.below(pauseMs), undefined, { signal }).catch(() => {});
    }
    while (this.#listening.size > 0) await Promise.all(this.#listening);
    await this.#replay(patience);
  }

  /** Has everything told once more, from the beginning. */
  async #replay(patience: AbortSignal): Promise<void> {
    const { client, ledger, number } = this.#options;
    for (const { user, conversationId, messageId, listeners } of ledger.chats) {
      if (user !== number) continue;
      listeners.push(new ToldAnswer());
      const open = (after: number) => client.messages.events(conversationId, messageId, { after, signal: patience });
      await this.#listen(listeners.at(-1)!, open, patience); // pushed above
    }
    for (const { user, bridgeId, messageId, listeners } of ledger.queued) {
      if (user !== number) continue;
      listeners.push(new ToldAnswer());
      const open = (after: number) => client.queue.events(bridgeId, messageId, { after, signal: patience });
      await this.#listen(listeners.at(-1)!, open, patience); // pushed above
    }
  }

  /** A question in the conversation that goes on, or in a new one; waits for its answer. */
  async #chat(patience: AbortSignal): Promise<void> {
    const { random } = this.#options;
    if (this.#conversationId === undefined || random.chance(0.2)) {
      this.#conversationId = undefined;
      this.#conversationId = await this.#newConversation();
    }
    await this.#ask('chat', this.#conversationId, {}, patience);
  }

  /** A question that waits for the computer, in a conversation of its own; nobody waits for its answer. */
  async #chatWhenBack(patience: AbortSignal): Promise<void> {
    const { random, bridgeIds } = this.#options;
    const conversationId = await this.#newConversation();
    const bridgeId = random.chance(0.5) ? random.pick(bridgeIds) : undefined;
    this.#hold(this.#ask('waiting', conversationId, { ifOffline: 'wait', ...(bridgeId && { bridgeId }) }, patience));
  }

  async #queue(patience: AbortSignal): Promise<void> {
    const { client, random, bridgeIds, ledger, number } = this.#options;
    const question = this.#question('queued');
    const bridgeId = random.pick(bridgeIds);
    try {
      const { messageId } = await client.queue.send(bridgeId, {
        model: MODEL,
        messages: [{ role: 'user', content: question }],
      });
      const listeners = [new ToldAnswer()];
      ledger.queued.push({ user: number, bridgeId, messageId, question, listeners });
      const open = (after: number) => client.queue.events(bridgeId, messageId, { after, signal: patience });
      for (const told of listeners) this.#hold(this.#listen(told, open, patience));
    } catch (error) {
      ledger.unknown.push(question);
      throw error;
    }
  }

  async #ask(
    kind: 'chat' | 'waiting',
    conversationId: string,
    wanted: { ifOffline?: 'wait'; bridgeId?: string },
    patience: AbortSignal,
  ): Promise<void> {
    const { client, ledger, number, random } = this.#options;
    const question = this.#question(kind);
    const told = new ToldAnswer();
    const listeners = [told];
    const others = random.below(3);
    let messageId: string | undefined;
    const open = (id: string) => (after: number) =>
      client.messages.events(conversationId, id, { after, signal: patience });
    try {
      for await (const event of client.messages.send(conversationId, question, { ...wanted, signal: patience })) {
        told.add(event);
        if (event.type !== 'start' || messageId !== undefined) continue;
        messageId = event.messageId;
        ledger.chats.push({ user: number, conversationId, messageId, question, listeners });
        for (let other = 0; other < others; other++)
          this.#hold(this.#listenLater(listeners, open(messageId), patience));
      }
    } catch (error) {
      if (!(error instanceof ApiError)) {
        if (patience.aborted) return;
        throw error;
      }
      ledger.refused(error.code);
      if (messageId === undefined) ledger.unknown.push(question);
      else await this.#listen(told, open(messageId), patience);
    }
  }

  /** Another device: comes after a while, and may leave and come back. */
  async #listenLater(
    listeners: ToldAnswer[],
    open: (after: number) => AsyncIterable<ChatEvent>,
    patience: AbortSignal,
  ): Promise<void> {
    const { random } = this.#options;
    const delay = random.below(4000);
    const leavesAfter = random.chance(0.5) ? random.below(20) : Number.POSITIVE_INFINITY;
    await sleep(delay);
    const told = new ToldAnswer();
    listeners.push(told);
    await this.#listen(told, open, patience, leavesAfter);
  }

  /** Listens to the end of the answer, however often the network or the relay is away. */
  async #listen(
    told: ToldAnswer,
    open: (after: number) => AsyncIterable<ChatEvent>,
    patience: AbortSignal,
    leavesAfter = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    let leaves = leavesAfter;
    while (told.end === undefined && !patience.aborted) {
      try {
        for await (const event of open(told.seen)) {
          told.add(event);
          if (--leaves === 0) break;
        }
      } catch (error) {
        if (patience.aborted) return;
        const { ledger, number } = this.#options;
        if (!(error instanceof ApiError)) throw error;
        ledger.refused(error.code);
        if (!error.shouldRetry()) {
          ledger.problems.push(`user ${number}: a listener was refused: ${error.code} ${error.message}`);
          return;
        }
      }
      if (told.end === undefined) await sleep(COME_BACK_MS);
    }
  }

  async #newConversation(): Promise<string> {
    const { client, random } = this.#options;
    return (await client.conversations.create({ model: MODEL, autoTitle: random.chance(0.3) })).id;
  }

  #question(kind: 'chat' | 'waiting' | 'queued'): string {
    return `question ${kind} ${this.#questions++} of user ${this.#options.number}`;
  }

  #hold(work: Promise<void>): void {
    const { ledger, number } = this.#options;
    const held = work
      .catch((error: unknown) => void ledger.problems.push(`user ${number}: ${String(error)}`))
      .finally(() => this.#listening.delete(held));
    this.#listening.add(held);
  }
}
