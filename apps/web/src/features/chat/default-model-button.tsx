import { Pin, PinOff } from 'lucide-react';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** Makes the chosen model the one of new conversations, on all devices, or leaves that open again. */
export function DefaultModelButton({ model }: { model: string }) {
  const { settings } = useServices();
  const texts = useTexts().models;
  const isDefault = useStore(settings, ({ defaultModel }) => defaultModel === model);
  const Icon = isDefault ? PinOff : Pin;
  return (
    <div className="shrink-0 border-t border-line p-1">
      <button
        type="button"
        onClick={() => void settings.change({ defaultModel: isDefault ? null : model })}
        className="flex min-h-11 w-full items-center gap-3 rounded-row px-3 text-start transition-colors duration-150 hover:bg-hover focus-visible:-outline-offset-2"
      >
        <Icon aria-hidden className="size-4 shrink-0 text-ink-soft" strokeWidth={1.75} />
        <span className="min-w-0 wrap-anywhere">
          {isDefault ? texts.removeDefault(model) : texts.makeDefault(model)}
        </span>
      </button>
    </div>
  );
}
