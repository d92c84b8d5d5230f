import type { Api } from '../api.ts';
import type { RelayDatabase } from '../storage/database.ts';
import { conversationRoutes } from './conversation-routes.ts';
import type { EventStreamLimits } from './event-stream.ts';
import type { Generations } from './generations.ts';
import { messageRoutes } from './message-routes.ts';

export interface ChatRoutesOptions {
  database: RelayDatabase;
  generations: Generations;
  eventStreamLimits?: Partial<EventStreamLimits>;
}

/** `/api/chat/*`, behind `authenticate`. */
export function chatRoutes(api: Api, options: ChatRoutesOptions): void {
  conversationRoutes(api, options);
  messageRoutes(api, options);
}
