import { useId } from 'react';
import { Setting } from './setting.tsx';

export type SelectProps = {
  label: string;
  hint?: string;
  value: string;
  options: readonly { value: string; label: string; lang?: string }[];
  onChange: (value: string) => void;
};

/** One of many: the device's own list. */
export function Select({ label, hint, value, options, onChange }: SelectProps) {
  const id = useId();
  return (
    <Setting label={label} htmlFor={id} hint={hint} hintId={`${id}-hint`}>
      <select
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-11 max-w-full min-w-0 rounded-row border border-line-strong bg-surface px-3 max-sm:w-full sm:max-w-72"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} lang={option.lang}>
            {option.label}
          </option>
        ))}
      </select>
    </Setting>
  );
}
