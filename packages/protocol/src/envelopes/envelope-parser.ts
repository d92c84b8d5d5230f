import type { z } from 'zod';
import { ProtocolError } from '../link/codes.ts';

type EnvelopeSchema = z.ZodObject<{ type: z.ZodLiteral<string>; payload: z.ZodType }>;

/**
 * Makes the reader of one direction's text messages. It gives the envelope; undefined for a type of a later version. It
 * throws ProtocolError saying what is wrong. `refuse` throws one for what the schema should not even look through.
 */
export function envelopeParser<const Options extends readonly [EnvelopeSchema, ...EnvelopeSchema[]]>(
  schema: z.ZodDiscriminatedUnion<Options, 'type'>,
  refuse: (envelope: unknown) => void = () => {},
): (text: string) => z.infer<Options[number]> | undefined {
  const known = new Set<string>(schema.options.map((option) => option.shape.type.value));
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new ProtocolError('not a JSON envelope');
    }
    refuse(value);
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
    if (typeof type !== 'string') throw new ProtocolError('an envelope without a type');
    if (!known.has(type)) return undefined;
    const [issue] = parsed.error.issues;
    throw new ProtocolError(`envelope ${type}: ${issue?.path.join('.')}: ${issue?.message}`);
  };
}
