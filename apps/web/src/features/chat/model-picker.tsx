import { ChevronDown } from 'lucide-react';
import type { AvailableModel, ModelPlace } from '../../lib/computer-state.ts';

export type ModelPickerProps = {
  models: readonly AvailableModel[];
  value: string | undefined;
  onChange: (model: string) => void;
};

/** The models of all computers, by where they are. The browser's own list: it knows keyboards, readers and thumbs. */
export function ModelPicker({ models, value, onChange }: ModelPickerProps) {
  if (models.length === 0 && value === undefined) return <span className="px-3 text-ink-soft">No model yet</span>;
  const isMissing = value !== undefined && !models.some(({ name }) => name === value);
  const groups = Map.groupBy(models, ({ places }) => places.map(placeWords).join(', '));
  return (
    <div className="relative min-w-0">
      <select
        aria-label="Model"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-11 max-w-full min-w-0 appearance-none truncate field-sizing-content rounded-card bg-transparent ps-3 pe-8 font-strong text-ink transition-colors duration-150 hover:bg-hover max-sm:text-body [&_option]:bg-surface [&_optgroup]:bg-surface"
      >
        {isMissing && <option value={value}>{value} (not available now)</option>}
        {Array.from(groups, ([places, entries]) => (
          <optgroup key={places} label={places}>
            {entries.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute inset-e-2.5 top-1/2 size-4 -translate-y-1/2 text-ink-soft"
      />
    </div>
  );
}

function placeWords({ name, isReady }: ModelPlace): string {
  return isReady ? name : `${name} (away)`;
}
