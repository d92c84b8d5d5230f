import { setTimeout as wait } from 'node:timers/promises';
import type { BridgeView } from '../page/bridge-view.ts';
import { readPageFile, type PageFile } from '../page/page-file.ts';

/** Between looks for a bridge that is not running: reading one small file. */
const LOOK_MS = 2_000;
/** Of one event; a view with a hundred requests and a thousand models fits many times. */
const MAX_EVENT_CHARACTERS = 4 * 1024 * 1024;

/**
 * Tells each view of the running bridge, and undefined while none runs, until the signal. A bridge that comes back is
 * followed again.
 */
export async function followBridge(
  directory: string,
  told: (view: BridgeView | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  let isGone = false;
  while (!signal.aborted) {
    const page = readPageFile(directory);
    if (page) {
      isGone = false;
      await readEvents(page, told, signal).catch(() => {}); // it went away: told below
    }
    if (!isGone) told(undefined);
    isGone = true;
    await wait(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

async function readEvents(page: PageFile, told: (view: BridgeView) => void, signal: AbortSignal): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${page.port}/api/events`, {
    headers: { authorization: `Bearer ${page.token}` },
    redirect: 'error',
    signal,
  });
  if (!response.ok) return;
  let rest = '';
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (rest + text).split('\n\n');
    rest = events.pop() ?? '';
    if (rest.length > MAX_EVENT_CHARACTERS) return;
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) told(JSON.parse(data) as BridgeView); // as: our own bridge's, by a token that only it has
    }
  }
}
