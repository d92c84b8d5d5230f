import type { Readable, Writable } from 'node:stream';
import { BridgeError } from '../bridge-error.ts';
import { relayAddress } from './relay-address.ts';

export interface Streams {
  /** Instead of the terminal, for tests. */
  input?: Readable;
  output?: Writable;
}

/** Asks the person at the terminal which relay is theirs. Throws BridgeError when they give up. */
export async function askForRelay(streams: Streams = {}): Promise<string> {
  const { isCancel, text } = await import('@clack/prompts');
  const answer = await text({
    ...streams,
    message: 'What is the address of your relay?',
    placeholder: 'https://relay.example.com',
    validate(value) {
      try {
        relayAddress(value?.trim() || '-');
        return undefined;
      } catch (error) {
        return value?.trim() ? (error as BridgeError).message : 'The address in the browser when you open your relay.';
      }
    },
  });
  if (isCancel(answer)) throw new BridgeError('failed', 'The sign-in was given up.');
  return relayAddress(answer.trim());
}
