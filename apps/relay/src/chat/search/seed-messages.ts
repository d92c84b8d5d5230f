import { newId } from '@cloudtolocalllm/protocol';
import type { RelayDatabase } from '../../storage/database.ts';

export interface SeedOptions {
  userId: string;
  messages: number;
  /** Of each conversation; 20 when absent. */
  perConversation?: number;
  /** The same seed, the same texts. */
  seed?: number;
}

const VOCABULARY = 20_000;
const BEGINNINGS = ['ba', 'co', 'di', 'fu', 'ge', 'ha', 'ki', 'lo', 'me', 'nu', 'pa', 'ri', 'so', 'tu', 've', 'za'];
/** So many messages are stored in one transaction. */
const BATCH = 1_000;

/** The words of a seeded text: few are everywhere and most are rare, as in a language. For tests and the bench alone. */
export function seededWord(rank: number): string {
  let word = '';
  for (let rest = rank + BEGINNINGS.length; rest > 0; rest = Math.floor(rest / BEGINNINGS.length)) {
    word += BEGINNINGS[rest % BEGINNINGS.length]!; // the remainder is an index
  }
  return word;
}

/** Stores conversations of questions and answers for a user who is there already, for tests and the bench alone. */
export async function seedMessages(database: RelayDatabase, options: SeedOptions): Promise<void> {
  const { userId, messages, perConversation = 20, seed = 1 } = options;
  const random = generator(seed);
  const text = (words: number): string => Array.from({ length: words }, () => seededWord(zipf(random()))).join(' ');
  const { kysely } = database;
  let conversationId = '';
  for (let begin = 0; begin < messages; begin += BATCH) {
    const queries = [];
    for (let index = begin; index < Math.min(begin + BATCH, messages); index++) {
      const created = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
      const position = index % perConversation;
      if (position === 0) {
        conversationId = newId('conv');
        const conversation = { id: conversationId, user_id: userId, title: text(4), model: 'seeded', created };
        queries.push(
          kysely
            .insertInto('conversations')
            .values({ ...conversation, updated: created, system_prompt: null, bridge_id: null }),
        );
      }
      const isQuestion = position % 2 === 0;
      queries.push(
        kysely.insertInto('messages').values({
          id: newId('msg'),
          conversation_id: conversationId,
          user_id: userId,
          role: isQuestion ? 'user' : 'assistant',
          content: text(isQuestion ? 12 : 40 + Math.floor(random() * 120)),
          status: 'complete',
          model: null,
          created,
          position,
          total_tokens: null,
          error_code: null,
          error_message: null,
        }),
      );
    }
    await database.batch(queries);
  }
}

/** Ranks by Zipf's law. */
function zipf(random: number): number {
  return Math.min(VOCABULARY - 1, Math.floor(VOCABULARY ** random) - 1);
}

/** Numbers from 0 to 1: a linear congruential generator with the constants of Numerical Recipes. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
