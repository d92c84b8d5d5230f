import type { FastifyBaseLogger } from 'fastify';
import type { UserEvents } from '../fabric/user-events.ts';
import type { StreamSlots } from '../limits/stream-slots.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { ChatModel } from './chat-model.ts';
import { type Generation, GENERATION_LIMITS, type GenerationLimits, type Outcome } from './generation.ts';
import { WAIT_MS } from './waiting-answers.ts';

export interface GenerationsLimits extends GenerationLimits {
  /** Characters of a prompt: more than any engine's context holds; older messages are left out. */
  promptCharacters: number;
  /** How long, and how many characters of, ended generations are kept for listeners who come back. */
  recentMs: number;
  recentCharacters: number;
  /** How long a question waits for a computer, if it does. */
  waitMs: number;
  /** How many of a user's wait at a time. */
  waitingPerUser?: number;
  /** Between two transactions that store what was said. */
  tickMs?: number;
}
export const GENERATIONS_LIMITS: GenerationsLimits = {
  ...GENERATION_LIMITS,
  promptCharacters: 1_000_000,
  recentMs: 120_000,
  recentCharacters: 16_000_000,
  waitMs: WAIT_MS,
};

export interface GenerationsOptions {
  database: RelayDatabase;
  model: ChatModel;
  log: Pick<FastifyBaseLogger, 'info' | 'error'>;
  limits?: Partial<GenerationsLimits>;
  /** Told of each one that has ended. */
  ended?: (outcome: Outcome, generation: Generation) => void;
  /** Each generation holds one while it is being made. Absent: there may be any number. */
  streams?: Pick<StreamSlots, 'take'>;
  /** Told of each change; a bridge's change lets those go on that wait. */
  events?: UserEvents;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

/** Who may answer, and what becomes of a question that nobody can answer now. */
export interface AskOptions {
  /** For this answer alone. */
  model?: string | undefined;
  /** The one bridge that shall answer. */
  bridgeId?: string | undefined;
  /** The only ones that may. */
  bridges?: ReadonlySet<string> | undefined;
  ifOffline?: 'fail' | 'wait' | undefined;
  /** The id that a new answer gets. */
  messageId?: string | undefined;
  /** Asked before anything is stored. */
  admit?: ((model: string) => Promise<void>) | undefined;
}
