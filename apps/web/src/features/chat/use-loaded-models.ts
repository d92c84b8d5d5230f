import { useQueries } from '@tanstack/react-query';
import { installedModels } from '../../lib/computer-queries.ts';
import { computerState } from '../../lib/computer-state.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';

/** What is in memory now, each as the id of its bridge and the model's name. */
export type LoadedModels = ReadonlySet<string>;

/** Asks the computers that are online what they have in memory, while somebody looks. */
export function useLoadedModels(isWanted: boolean): LoadedModels {
  const { client, computers } = useServices();
  const list = useStore(computers, (value) => value.list);
  const online = list.filter((computer) => computerState(computer) === 'online');
  const answers = useQueries({
    queries: online.map((computer) => ({ ...installedModels(client, computer), enabled: isWanted })),
  });
  return new Set(
    answers.flatMap(({ data }, index) =>
      (data?.models ?? [])
        .filter(({ loaded }) => loaded !== undefined)
        .map(({ name }) => `${online[index]?.bridgeId} ${name}`),
    ),
  );
}
