import { useId } from 'react';
import { Setting } from './setting.tsx';

export type ChoiceProps<Value extends string> = {
  label: string;
  hint?: string;
  value: Value;
  /** What can be chosen, with the words for it. */
  options: Readonly<Record<Value, string>>;
  onChange: (value: Value) => void;
};

/** One of a few, all of them in sight: arrows walk through them, as in every group of radio buttons. */
export function Choice<Value extends string>({ label, hint, value, options, onChange }: ChoiceProps<Value>) {
  const id = useId();
  const entries = Object.entries(options) as [Value, string][]; // as: Object.entries forgets the keys
  return (
    <Setting label={label} labelId={id} hint={hint} hintId={`${id}-hint`}>
      <div
        role="radiogroup"
        aria-labelledby={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="flex shrink-0 flex-wrap gap-1 rounded-card bg-sunken p-1"
      >
        {entries.map(([option, words]) => (
          <label
            key={option}
            className="relative inline-flex min-h-11 grow cursor-pointer items-center justify-center rounded-row border border-transparent px-3 text-center transition-colors duration-150 hover:bg-hover has-checked:border-line-strong has-checked:bg-surface has-checked:font-strong has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={id}
              checked={option === value}
              onChange={() => onChange(option)}
              className="absolute inset-0 cursor-pointer opacity-0"
            />
            {words}
          </label>
        ))}
      </div>
    </Setting>
  );
}
