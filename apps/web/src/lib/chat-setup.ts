import type { Client, GenerationOptions } from '@cloudtolocalllm/sdk';
import { createStore } from './store.ts';
import { NEW_THREAD } from './thread.ts';
import type { Threads } from './threads.ts';

/** What every question of a conversation is asked with. */
export type ConversationSetup = { systemPrompt: string; options: GenerationOptions };

const NO_SETUP: ConversationSetup = { systemPrompt: '', options: {} };

type ChatSetupOptions = {
  update: Client['conversations']['update'];
  threads: Threads;
  /** How new conversations are set up, unless one is set up in another way before it begins. */
  defaults?: () => ConversationSetup;
};

/** How conversations are set up, the one that begins with the next question among them. */
export function createChatSetup({ update, threads, defaults = () => NO_SETUP }: ChatSetupOptions) {
  const next = createStore<ConversationSetup | undefined>(undefined);
  return {
    /** Sets a conversation up for its next questions; the new one before it begins. Rejects when the relay refuses. */
    async configure(id: string, setup: ConversationSetup): Promise<void> {
      if (id === NEW_THREAD) return next.set(setup);
      const conversation = await update(id, setup);
      threads.change(id, { conversation });
    },
    /** How a conversation is set up, as far as this page knows. */
    setupOf(id: string): ConversationSetup {
      if (id === NEW_THREAD) return next.get() ?? defaults();
      const { systemPrompt = '', options = {} } = threads.get(id)?.conversation ?? {};
      return { systemPrompt, options };
    },
    forgetNext: (): void => next.set(undefined),
  };
}
