// What a proxy's process runs on: no zod and nothing that needs it, as its memory counts (docs/decisions/0026).
export { ProtocolError, RESET_CODES } from '../link/codes.ts';
export {
  decodeFrames,
  encodeEnd,
  encodeHead,
  encodeOpen,
  encodeReset,
  FRAME,
  FRAME_HEADER_BYTES,
  MESSAGE,
  type ExchangeRequest,
  type FrameVisitor,
  type HeaderList,
} from '../link/frames.ts';
export { LINK_LIMITS } from '../link/limits.ts';
export { ReceivedCount } from '../link/received-count.ts';
export * from './control.ts';
export * from './stream-messages.ts';
