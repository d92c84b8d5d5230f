import { type WorkerReport } from '@cloudtolocalllm/protocol/worker';
import { ProtocolError } from '@cloudtolocalllm/protocol';
import { z } from 'zod';

/** A report of figures has some 200 bytes. */
const MAX_REPORT_BYTES = 4096;

const count = z.int().min(0);

const workerReport: z.ZodType<WorkerReport> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), version: z.int() }),
  z.object({
    type: z.literal('figures'),
    figures: z.object({
      requests: count,
      errors: count,
      running: count,
      bytesIn: count,
      bytesOut: count,
      answered: count,
      waitedMs: z.number().min(0),
      tokens: count,
    }),
  }),
]);

/** Reads a control message, without its kind. Throws ProtocolError when it is none that a worker sends. */
export function parseWorkerReport(json: Buffer): WorkerReport {
  if (json.length > MAX_REPORT_BYTES) throw new ProtocolError(`report of ${json.length} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(json.toString());
  } catch {
    throw new ProtocolError('a report that is not JSON');
  }
  const parsed = workerReport.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProtocolError(`report: ${issue?.path.join('.')}: ${issue?.message}`);
}
