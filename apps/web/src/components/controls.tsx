import { ChevronDown } from 'lucide-react';
import type { InputHTMLAttributes, SelectHTMLAttributes } from 'react';

/** How every control looks that something is written into. */
const CONTROL =
  'min-h-11 w-full min-w-0 rounded-row border border-line-strong bg-surface px-3 text-body caret-accent ' +
  'transition-colors duration-150 aria-invalid:border-bad disabled:opacity-45';

export type TextControlProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'className'> & {
  onChange: (value: string) => void;
};

export function TextControl({ onChange, ...input }: TextControlProps) {
  return (
    <input
      type="text"
      dir="auto"
      {...input}
      onChange={(event) => onChange(event.target.value)}
      className={`${CONTROL} placeholder:text-ink-soft`}
    />
  );
}

export type SelectControlProps<Value extends string> = Omit<
  SelectHTMLAttributes<HTMLSelectElement>,
  'onChange' | 'className' | 'value'
> & {
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { value: Value; label: string }[];
};

/** The browser's own list: phones have a better one than we could make. */
export function SelectControl<Value extends string>({ onChange, options, ...select }: SelectControlProps<Value>) {
  return (
    <span className="relative flex min-w-0">
      <select
        {...select}
        // as: one of the options' values
        onChange={(event) => onChange(event.target.value as Value)}
        className={`${CONTROL} appearance-none truncate pe-10`}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute inset-e-3 top-1/2 size-4 -translate-y-1/2 text-ink-soft"
        strokeWidth={1.75}
      />
    </span>
  );
}
