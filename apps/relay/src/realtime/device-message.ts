import { type RealtimeToRelay, realtimeToRelay } from '@cloudtolocalllm/protocol';
import { z } from 'zod';

const anyEnvelope = z.object({ type: z.string() });
const KNOWN: ReadonlySet<string> = new Set(realtimeToRelay.options.map(({ shape }) => shape.type.value));

/** What a device sent; undefined for a type of a later version. @throws Error saying what is wrong with it. */
export function decodeDeviceMessage(data: Buffer, isBinary: boolean): RealtimeToRelay | undefined {
  if (isBinary) throw new Error('messages are text');
  let content: unknown;
  try {
    content = JSON.parse(data.toString());
  } catch {
    throw new Error('messages are JSON');
  }
  const { success, data: envelope } = anyEnvelope.safeParse(content);
  if (!success) throw new Error('messages have a type');
  if (!KNOWN.has(envelope.type)) return undefined;
  const message = realtimeToRelay.safeParse(content);
  // Its type alone: what else it holds may be a token.
  if (!message.success) throw new Error(`this is no good message of the type ${envelope.type}`);
  return message.data;
}
