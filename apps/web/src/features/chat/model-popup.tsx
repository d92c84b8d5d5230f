import { Combobox } from '@base-ui/react/combobox';
import { Search } from 'lucide-react';
import { useState } from 'react';
import type { AvailableModel } from '../../lib/computer-state.ts';
import { useMedia } from '../../lib/use-media.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { DefaultModelButton } from './default-model-button.tsx';
import { ModelButton, type ModelPickerProps } from './model-picker.tsx';
import { ModelRow } from './model-row.tsx';
import { useLoadedModels } from './use-loaded-models.ts';

/** All models of all computers, to be searched; open from the beginning, since it came when somebody pressed the button. */
export function ModelPopup({ models, value, onChange }: ModelPickerProps) {
  const texts = useTexts().models;
  const [isOpen, setOpen] = useState(true);
  const loaded = useLoadedModels(isOpen);
  const isPhone = useMedia('(width < 40rem)');
  const { contains } = Combobox.useFilter();
  const selected = models.find(({ name }) => name === value) ?? null;
  return (
    <Combobox.Root
      items={models}
      value={selected}
      onValueChange={(model: AvailableModel | null) => model && onChange(model.name)}
      itemToStringLabel={({ name }: AvailableModel) => name}
      isItemEqualToValue={(one: AvailableModel, other: AvailableModel) => one.name === other.name}
      filter={({ name, places }: AvailableModel, query) =>
        contains(name, query) || places.some((place) => contains(place.name, query))
      }
      open={isOpen}
      onOpenChange={setOpen}
      autoHighlight
      modal={isPhone}
    >
      <Combobox.Trigger render={<ModelButton models={models} value={value} />} />
      <Combobox.Portal>
        {isPhone && (
          <Combobox.Backdrop className="fixed inset-0 z-20 bg-backdrop transition-opacity duration-200 data-closed-motion:opacity-0" />
        )}
        <Combobox.Positioner
          align="start"
          sideOffset={4}
          className="z-30 outline-none max-sm:fixed! max-sm:inset-x-0! max-sm:top-auto! max-sm:bottom-0! max-sm:transform-none!"
        >
          <Combobox.Popup
            aria-label={texts.choose}
            className="flex max-h-[min(32rem,var(--available-height))] w-96 max-w-(--available-width) flex-col overflow-hidden rounded-card border border-line bg-surface text-ui text-ink shadow-float transition-[opacity,translate] duration-200 ease-quiet outline-none data-closed-motion:opacity-0 max-sm:max-h-[85dvh] max-sm:w-screen max-sm:max-w-none max-sm:rounded-b-none max-sm:rounded-t-large max-sm:border-0 max-sm:pb-[env(safe-area-inset-bottom)] max-sm:data-closed-motion:translate-y-4"
          >
            <div className="flex shrink-0 items-center gap-3 border-b border-line px-4">
              <Search aria-hidden className="size-4 shrink-0 text-ink-soft" strokeWidth={1.75} />
              <Combobox.Input
                aria-label={texts.search}
                placeholder={texts.search}
                className="min-h-12 min-w-0 flex-1 bg-transparent text-body caret-accent outline-none placeholder:text-ink-soft"
              />
            </div>
            <Combobox.Empty>
              <p className="p-4 text-ink-soft">{texts.nothing}</p>
            </Combobox.Empty>
            <Combobox.List className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-1 data-empty:hidden">
              {(model: AvailableModel) => <ModelRow key={model.name} model={model} loaded={loaded} />}
            </Combobox.List>
            {value !== undefined && <DefaultModelButton model={value} />}
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
