import { parentPort, workerData } from 'node:worker_threads';
import { importSteps } from './import-steps.ts';

export interface ImportWorkerData {
  path: string;
  now: string;
}

if (parentPort === null) throw new Error('import-worker.ts runs as a worker thread only');
const port = parentPort;
// The one who starts this thread passes exactly this (import-thread.ts).
const { path, now } = workerData as ImportWorkerData;

const steps = importSteps(path, now);
// Each message asks for one step, so that nothing piles up between the threads.
port.on('message', (wanted: boolean | undefined) => {
  const { value, done } = steps.next(wanted);
  port.postMessage(done === true ? undefined : value);
  if (done === true) port.close();
});
