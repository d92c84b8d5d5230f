export * from './ids.ts';
export * from './api/attachments.ts';
export * from './api/audit.ts';
export * from './api/auth.ts';
export * from './api/bridges.ts';
export * from './api/chat-events.ts';
export * from './api/conversations.ts';
export * from './api/downloads.ts';
export * from './api/error.ts';
export * from './api/generation-options.ts';
export * from './api/health.ts';
export * from './api/imports.ts';
export * from './api/keys.ts';
export * from './api/limits.ts';
export * from './api/load.ts';
export * from './api/messages.ts';
export * from './api/models.ts';
export * from './api/personal-data.ts';
export * from './api/proxies.ts';
export * from './api/push.ts';
export * from './api/queue.ts';
export * from './api/search.ts';
export * from './api/settings.ts';
export * from './envelopes/bridge-to-relay.ts';
export * from './envelopes/envelope.ts';
export { envelopeParser } from './envelopes/envelope-parser.ts';
export * from './envelopes/realtime.ts';
export * from './envelopes/realtime-close.ts';
export * from './envelopes/relay-to-bridge.ts';
export { LinkBudget } from './link/budget.ts';
export {
  afterClose,
  CLOSE,
  CLOSE_CODES,
  ProtocolError,
  RESET_CODES,
  type CloseCode,
  type ResetCode,
} from './link/codes.ts';
export type { Exchange, ExchangeReceiver } from './link/exchange.ts';
export { MESSAGE, type ExchangeRequest, type HeaderList } from './link/frames.ts';
export {
  decodeHello,
  decodeWelcome,
  encodeHello,
  encodeWelcome,
  PROTOCOL_VERSION,
  type Hello,
  type Welcome,
} from './link/handshake.ts';
export { Heartbeat, type Pulse } from './link/heartbeat.ts';
export { LINK_LIMITS, type LinkLimits } from './link/limits.ts';
export { Link, type LinkOptions, type LinkSocket } from './link/link.ts';
export { linkSocket } from './link/web-socket-adapter.ts';
export type { WorkerFigures, WorkerLimits } from './worker/control.ts';
export { collectYoungGarbage } from './link/young-garbage.ts';
export { withoutSecrets } from './without-secrets.ts';
