import { ChevronDown } from 'lucide-react';
import { useState, type ComponentPropsWithRef } from 'react';
import { lazily } from '../../components/lazily.tsx';
import { LazyOverlay } from '../../components/lazy-overlay.tsx';
import type { AvailableModel } from '../../lib/computer-state.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type ModelPickerProps = {
  models: readonly AvailableModel[];
  value: string | undefined;
  onChange: (model: string) => void;
};

const ModelPopup = lazily(async () => (await import('./model-popup.tsx')).ModelPopup);

/** The model that answers; the list of all of them comes with the first press. */
export function ModelPicker(props: ModelPickerProps) {
  const { models, value } = props;
  const texts = useTexts().models;
  const [isWanted, setWanted] = useState(false);
  if (models.length === 0 && value === undefined) return <span className="px-3 text-ink-soft">{texts.none}</span>;
  const alone = (
    <ModelButton
      models={models}
      value={value}
      // oxlint-disable-next-line jsx-a11y/role-has-required-aria-props, jsx-a11y/prefer-tag-over-role -- as base-ui's, which takes its place
      role="combobox"
      aria-haspopup="dialog"
      aria-expanded={false}
      onClick={() => setWanted(true)}
      onKeyDown={({ key }) => key === 'ArrowDown' && setWanted(true)}
    />
  );
  if (!isWanted) return alone;
  return (
    <LazyOverlay instead={alone} onFailed={() => setWanted(false)}>
      <ModelPopup {...props} />
    </LazyOverlay>
  );
}

export type ModelButtonProps = Omit<ComponentPropsWithRef<'button'>, 'value' | 'onChange'> &
  Pick<ModelPickerProps, 'models' | 'value'>;

/** What is pressed to choose another model. */
export function ModelButton({ models, value, ...rest }: ModelButtonProps) {
  const texts = useTexts().models;
  const isMissing = value !== undefined && !models.some(({ name }) => name === value);
  const label = value === undefined ? texts.choose : isMissing ? texts.missing(value) : value;
  return (
    <button
      type="button"
      {...rest}
      aria-label={texts.picker(label)}
      className="inline-flex h-11 max-w-full min-w-0 items-center gap-2 rounded-card ps-3 pe-2.5 font-strong text-ink transition-colors duration-150 hover:bg-hover data-popup-open:bg-hover max-sm:text-body"
    >
      <span className="truncate">{label}</span>
      <ChevronDown aria-hidden className="size-4 shrink-0 text-ink-soft" />
    </button>
  );
}
