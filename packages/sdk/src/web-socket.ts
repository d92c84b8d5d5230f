import { ApiError } from './api-error.ts';

/** What is needed of a WebSocket: those of browsers, of Node 22 and later and of the `ws` package have it. */
export type WebSocketLike = {
  readonly readyState: number;
  send(data: string): void;
  close(): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void;
};

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/** `readyState` of one that is open. */
export const OPEN = 1;

/** Opens a WebSocket of the caller's class, or of the runtime's. Its token goes with it as a subprotocol. */
export function newWebSocket(own: WebSocketConstructor | undefined, url: string, protocols: string[]): WebSocketLike {
  // as: not every runtime has one
  const Socket = own ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  if (Socket === undefined) {
    const message =
      'Cannot open a WebSocket: this runtime has none. Give createClient one as `webSocket`, such as the class of the ' +
      '`ws` package, or use Node 22 or later.';
    throw new ApiError(message, { status: 0, code: 'no_web_socket' });
  }
  try {
    return new Socket(url, protocols);
  } catch {
    // Without its cause, which quotes the token.
    const message =
      'Cannot open a WebSocket: the token has characters that no subprotocol has, or the URL is not good.';
    throw new ApiError(message, { status: 0, code: 'invalid_token' });
  }
}
