import type { LinkSocket } from './link.ts';

/** The part of a `ws` WebSocket that the adapter uses; `packages/protocol` itself depends on no socket library. */
interface WebSocketLike {
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(data: Buffer | string, written: (error?: Error | null) => void): void;
  close(code: number, reason: string): void;
}

const OPEN = 1;
const ignore = (): void => {};

/** Puts a `ws` WebSocket under a link. Sending on a socket that is closing does nothing: its link is about to detach. */
export function linkSocket(webSocket: WebSocketLike): LinkSocket {
  return new WebSocketUnderLink(webSocket);
}

/** A class, as a literal with a getter and functions of its own takes half a kilobyte of every idle bridge. */
class WebSocketUnderLink implements LinkSocket {
  readonly #webSocket: WebSocketLike;

  constructor(webSocket: WebSocketLike) {
    this.#webSocket = webSocket;
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(message: Buffer | string, written: () => void = ignore): void {
    if (this.#webSocket.readyState === OPEN) this.#webSocket.send(message, written);
  }

  close(code: number, reason: string): void {
    // A close frame holds 123 bytes; a character cut in two becomes U+FFFD, three bytes.
    this.#webSocket.close(code, Buffer.from(reason).subarray(0, 120).toString());
  }
}
