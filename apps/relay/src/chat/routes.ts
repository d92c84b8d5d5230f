import type { Api } from '../api.ts';
import type { RelayDatabase } from '../storage/database.ts';
import { conversationRoutes } from './conversation-routes.ts';
import type { BridgeLinks } from '../bridges/bridge-link.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import type { EventStreamLimits } from './event-stream.ts';
import type { Generations } from './generations.ts';
import { messageRoutes } from './message-routes.ts';

export interface ChatRoutesOptions {
  database: RelayDatabase;
  generations: Generations;
  /** Who might answer. */
  links?: Pick<BridgeLinks, 'ofUser'>;
  /** Absent: nothing is counted. */
  limits?: RequestLimits;
  eventStreamLimits?: Partial<EventStreamLimits>;
}

/** `/api/chat/*`, behind `authenticate`. */
export function chatRoutes(api: Api, options: ChatRoutesOptions): void {
  conversationRoutes(api, options);
  messageRoutes(api, options);
}
