import { useId, type InputHTMLAttributes, type ReactNode } from 'react';

export type TextFieldProps = InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: string };

const BOX =
  'w-full min-w-0 rounded-row border border-line-strong bg-surface px-3 text-body caret-accent placeholder:text-ink-soft';

/** A line of text with its name above and a hint below. */
export function TextField({ label, hint, className = '', ...rest }: TextFieldProps) {
  return (
    <Labelled label={label} hint={hint} className={className}>
      {(ids) => <input type="text" {...ids} {...rest} className={`min-h-11 ${BOX}`} />}
    </Labelled>
  );
}

export type TextAreaProps = {
  label: string;
  hint?: string;
  value: string;
  onChange: (text: string) => void;
  rows: number;
  maxLength?: number;
};

export function TextArea({ label, hint, onChange, ...rest }: TextAreaProps) {
  return (
    <Labelled label={label} hint={hint}>
      {(ids) => (
        <textarea
          dir="auto"
          {...ids}
          {...rest}
          onChange={(event) => onChange(event.target.value)}
          className={`py-2 ${BOX}`}
        />
      )}
    </Labelled>
  );
}

export type SelectFieldProps = {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  choices: readonly (readonly [value: string, label: string])[];
};

/** The browser's own list: it knows keyboards, readers and thumbs. */
export function SelectField({ label, hint, value, onChange, choices }: SelectFieldProps) {
  return (
    <Labelled label={label} hint={hint}>
      {(ids) => (
        <select
          {...ids}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={`min-h-11 ${BOX} [&_option]:bg-surface`}
        >
          {choices.map(([choice, name]) => (
            <option key={choice} value={choice}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

type Ids = { id: string; 'aria-describedby': string | undefined };
type LabelledProps = { label: string; hint?: string; className?: string; children: (ids: Ids) => ReactNode };

function Labelled({ label, hint, className = '', children }: LabelledProps) {
  const id = useId();
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  return (
    <div className={`flex min-w-0 flex-col gap-1.5 ${className}`}>
      <label htmlFor={id} className="font-strong">
        {label}
      </label>
      {children({ id, 'aria-describedby': hintId })}
      {hint !== undefined && (
        <p id={hintId} className="text-caption text-ink-soft">
          {hint}
        </p>
      )}
    </div>
  );
}
