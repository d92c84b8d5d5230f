// Loaded before the relay's main file (`--import`): a signal has it collect all garbage, so that memory which is read
// afterwards is what it holds, and not what V8 has not looked through yet. Says when it is done, and for which time.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { COLLECT_SIGNAL, collected } from './collect-signal.ts';

if (isMainThread) {
  let collections = 0;
  process.on(COLLECT_SIGNAL, () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options: object) => void; // as: V8's own function, there since the line above
    // The last resort gives free pages back as well; the second time what finalizers have let go.
    for (let times = 0; times < 2; times++) collect({ type: 'major', flavor: 'last-resort' });
    process.stderr.write(collected(++collections));
  });
}
