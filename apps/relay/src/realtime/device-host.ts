import type { WebSocket } from 'ws';
import type { User } from '../accounts/rights.ts';
import type { AnswerEvents, LiveAnswer } from './answer-events.ts';
import type { DeviceSocket } from './device-socket.ts';
import type { RealtimeLimits } from './limits.ts';

/** What the socket of a device needs of the rest. */
export interface DeviceHost {
  readonly limits: RealtimeLimits;
  readonly answers: AnswerEvents;
  /** Whose token this is and what it may do now. @throws RelayError */
  authenticate(token: string): Promise<User>;
  /** Calls `end` when the API key is revoked while this socket is open; false when that has happened already. */
  holdKey(keyId: string, socket: WebSocket, end: () => void): boolean;
  /** The answers of a conversation that are being made. */
  runningIn(userId: string, conversationId: string): readonly LiveAnswer[];
  /** The answer in a message, while it is being made and shortly after. */
  findAnswer(userId: string, conversationId: string, messageId: string): LiveAnswer | undefined;
  /** It is gone, or told to go. */
  left(device: DeviceSocket): void;
}
