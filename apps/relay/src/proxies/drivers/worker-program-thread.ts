import { parentPort, workerData } from 'node:worker_threads';
import { type WorkerProgramSources, writeWorkerProgram } from './write-worker-program.ts';

const port = parentPort;
if (port === null) throw new Error('Cannot write the program: this is for a worker thread');
// as: what worker-program.ts gives, which alone runs this
port.postMessage(await writeWorkerProgram(workerData as WorkerProgramSources));
