import type { Api } from '../api.ts';
import type { RelayDatabase } from '../storage/database.ts';
import { conversationRoutes } from './conversation-routes.ts';
import type { BridgeLinks } from '../bridges/bridge-link.ts';
import type { UserEvents } from '../fabric/user-events.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import type { EventStreamLimits } from './event-stream.ts';
import type { Generations } from './generations.ts';
import { answerRoutes } from './answer-routes.ts';
import { type AttachmentRoutesOptions, attachmentRoutes } from './attachments/attachment-routes.ts';
import { messageRoutes } from './message-routes.ts';
import { searchRoutes } from './search/search-routes.ts';
import { exportRoutes } from './transfer/export-routes.ts';
import { type ImportRoutesOptions, importRoutes } from './transfer/import-routes.ts';
import type { WholeAnswerLimits } from './whole-answer.ts';

export interface ChatRoutesOptions extends AttachmentRoutesOptions, ImportRoutesOptions {
  database: RelayDatabase;
  generations: Generations;
  /** Who might answer. */
  links?: Pick<BridgeLinks, 'ofUser'>;
  /** Told of each change. */
  events?: Pick<UserEvents, 'publish'>;
  /** When a deletion can be undone no more. */
  now?: (() => number) | undefined;
  /** Absent: nothing is counted. */
  limits?: RequestLimits;
  eventStreamLimits?: Partial<EventStreamLimits>;
  wholeAnswerLimits?: Partial<WholeAnswerLimits>;
}

/** `/api/chat/*`, behind `authenticate`. */
export function chatRoutes(api: Api, options: ChatRoutesOptions): void {
  conversationRoutes(api, options);
  void api.register(async (scope: Api) => attachmentRoutes(scope, options));
  answerRoutes(api, options);
  messageRoutes(api, options);
  searchRoutes(api, options);
  exportRoutes(api, options);
  void api.register(async (scope: Api) => importRoutes(scope, options));
}
