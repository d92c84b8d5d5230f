import { Combobox } from '@base-ui/react/combobox';
import { Check } from 'lucide-react';
import type { AvailableModel } from '../../lib/computer-state.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import type { LoadedModels } from './use-loaded-models.ts';

/** One model: where it is, whether it is ready there, and where it is in memory. */
export function ModelRow({ model, loaded }: { model: AvailableModel; loaded: LoadedModels }) {
  const { settings } = useServices();
  const texts = useTexts().models;
  const isDefault = useStore(settings, ({ defaultModel }) => defaultModel === model.name);
  const isAway = model.places.every(({ isReady }) => !isReady);
  return (
    <Combobox.Item
      value={model}
      className="grid min-h-12 cursor-pointer grid-cols-[1rem_1fr_auto] items-center gap-x-3 rounded-row px-3 py-1.5 outline-none select-none data-highlighted:bg-hover"
    >
      <Combobox.ItemIndicator className="col-start-1">
        <Check aria-hidden className="size-4" strokeWidth={2} />
      </Combobox.ItemIndicator>
      <span className="col-start-2 flex min-w-0 flex-col">
        <span className={`truncate ${isAway ? 'text-ink-soft' : 'font-strong'}`}>{model.name}</span>
        <span className="flex flex-wrap gap-x-3 text-caption text-ink-soft">
          {model.places.map(({ bridgeId, name, isReady }) => {
            const isLoaded = isReady && loaded.has(`${bridgeId} ${model.name}`);
            return (
              <span key={bridgeId} className="inline-flex min-w-0 items-center gap-1.5">
                <span
                  aria-hidden
                  className={`size-1.5 shrink-0 rounded-full ${isLoaded ? 'bg-lamp' : isReady ? 'bg-ink-soft' : 'border border-ink-soft'}`}
                />
                <span className="truncate">{isLoaded ? texts.inMemory(name) : isReady ? name : texts.away(name)}</span>
              </span>
            );
          })}
        </span>
      </span>
      {isDefault && <span className="col-start-3 text-caption text-ink-soft">{texts.default}</span>}
    </Combobox.Item>
  );
}
