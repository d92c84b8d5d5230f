import type { Duplex } from 'node:stream';
import type { LinkSocket } from '@cloudtolocalllm/protocol';
import { writeStreamMessage } from '@cloudtolocalllm/protocol/worker';

/** A link's socket over a byte stream; a link that sends no envelopes sends no text. */
export function streamSocket(stream: Duplex): LinkSocket {
  return {
    get bufferedAmount() {
      return stream.writableLength;
    },
    send(message, written) {
      if (typeof message === 'string') throw new TypeError('Cannot send an envelope to a proxy: it reads frames alone');
      if (!stream.writable) return;
      writeStreamMessage(stream, message, written);
    },
    close() {
      stream.destroy();
    },
  };
}
