import type { ServerResponse } from 'node:http';
import type { PageSource } from './bridge-view.ts';

/** What changes at once is told together. */
const GATHER_MS = 200;
/** While something runs its figures change without an event. */
const WHILE_RUNNING_MS = 1_000;
/** So that a listener notices when the bridge is gone, and the bridge when the listener is. */
const KEEP_ALIVE_MS = 15_000;

/** Sends the view now and at each change, until the response is closed. Source: the HTML standard, "Server-sent events". */
export function streamEvents(response: ServerResponse, source: PageSource): void {
  let timer: NodeJS.Timeout | undefined;
  const send = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (response.writableNeedDrain) return; // it reads slowly: it is told the next time
    const view = source.view();
    response.write(`event: state\ndata: ${JSON.stringify(view)}\n\n`);
    if (view.now.length > 0) timer = setTimeout(send, WHILE_RUNNING_MS);
  };
  let isGathering = false;
  const stopListening = source.listen(() => {
    if (isGathering) return;
    isGathering = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      isGathering = false;
      send();
    }, GATHER_MS);
  });
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': still here\n\n');
  }, KEEP_ALIVE_MS);
  response.on('close', () => {
    stopListening();
    clearTimeout(timer);
    clearInterval(keepAlive);
  });
  response.on('drain', send);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  send();
}
