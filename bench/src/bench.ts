import type { ClientCalls } from './client.ts';
import type { FakeOllamaCalls } from './fake-ollama.ts';
import type { Target } from './http-client.ts';
import type { RemoteProcess } from './remote-process.ts';
import type { Settings } from './settings.ts';

/** What a measurement of the path works with. */
export interface Bench {
  readonly client: RemoteProcess<ClientCalls>;
  readonly engine: RemoteProcess<FakeOllamaCalls>;
  readonly direct: Target;
  readonly through: Target;
  readonly relayPid: number;
  readonly bridgePid: number;
  readonly settings: Settings;
}

/** The results of all rounds, straight and through relay and bridge. */
export interface Pair<Result> {
  direct: Result[];
  through: Result[];
}

/** Measures one path after the other, round by round, so that noise of the machine meets both alike. */
export async function interleave<Result>(
  bench: Bench,
  measure: (target: Target) => Promise<Result>,
): Promise<Pair<Result>> {
  const pair: Pair<Result> = { direct: [], through: [] };
  for (let round = 0; round < bench.settings.rounds; round++) {
    pair.direct.push(await measure(bench.direct));
    pair.through.push(await measure(bench.through));
  }
  return pair;
}
