import type { ProxyEnd } from '@cloudtolocalllm/protocol';
import type { Logger } from 'pino';
import type { ProxyEnds } from './proxy-ends.ts';
import type { RunningProxy } from './running-proxy.ts';

export interface ProxyToFinish {
  proxy: RunningProxy;
  /** Its row is there; rejects when it could not be stored. */
  stored: Promise<void>;
}

export interface FinishReason {
  reason: ProxyEnd;
  detail?: string;
  /** Of whoever ended it. */
  address?: string;
}

export interface FinishParts {
  ends: Pick<ProxyEnds, 'add'>;
  log: Pick<Logger, 'error' | 'warn'>;
  /** Milliseconds since 1970. */
  now: () => number;
}

const CRASHES: ReadonlySet<ProxyEnd> = new Set(['out_of_memory', 'killed', 'failed']);

/** Ends the process of a proxy and stores how it has ended. Never rejects. */
export async function finishProxy(
  { proxy, stored }: ProxyToFinish,
  { reason, detail, address }: FinishReason,
  { ends, log, now }: FinishParts,
): Promise<void> {
  const { id, userId } = proxy.identity;
  const at = new Date(now()).toISOString();
  try {
    await proxy.close(reason);
  } catch (err) {
    log.error({ err, proxyId: id }, 'Cannot end the process of a proxy');
  }
  const status = CRASHES.has(reason) ? 'crashed' : 'terminated';
  const row = { status, ended: at, reason, detail: detail ?? null, ...proxy.figures } as const;
  // One without a row has no end either: whoever wanted it was told why.
  const hasRow = await stored.then(
    () => true,
    () => false,
  );
  if (hasRow) await ends.add({ userId, proxyId: id, row, address });
  if (CRASHES.has(reason)) log.warn({ proxyId: id, reason, detail }, "A proxy's process ended by itself");
}
