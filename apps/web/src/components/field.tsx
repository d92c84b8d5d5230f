import { useId, type ReactNode } from 'react';
import { SelectControl, TextControl, type SelectControlProps, type TextControlProps } from './controls.tsx';

type Told = {
  label: string;
  /** What to know before writing. */
  hint?: string;
  /** What is wrong with what was written; the field is marked with it. */
  problem?: string;
};

/** What makes a control of one's own the field's. */
export type FieldControl = { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true };

export type FieldProps = Told & { children: (control: FieldControl) => ReactNode };

/** A control with its label above and what there is to say about it below. */
export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId();
  const note = problem ?? hint;
  const described = note === undefined ? {} : { 'aria-describedby': `${id}-note` };
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-strong">
        {label}
      </label>
      {children({ id, ...described, ...(problem !== undefined && { 'aria-invalid': true as const }) })}
      {note !== undefined && (
        <p id={`${id}-note`} className={`text-caption ${problem === undefined ? 'text-ink-soft' : 'text-bad'}`}>
          {note}
        </p>
      )}
    </div>
  );
}

export type TextFieldProps = Told & TextControlProps & { unit?: string };

export function TextField({ label, hint, problem, unit, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(control) => (
        <span className="flex items-center gap-2">
          <TextControl {...input} {...control} />
          {/* Behind the number, such as "MB". */}
          {unit !== undefined && <span className="shrink-0 text-ink-soft">{unit}</span>}
        </span>
      )}
    </Field>
  );
}

export type SelectFieldProps<Value extends string> = Told & SelectControlProps<Value>;

export function SelectField<Value extends string>({ label, hint, problem, ...select }: SelectFieldProps<Value>) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(control) => <SelectControl {...select} {...control} />}
    </Field>
  );
}

export type CheckFieldProps = {
  label: string;
  hint?: string;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
  disabled?: boolean;
  /** The label is a name of something technical, such as a model. */
  isMono?: boolean;
};

/** One thing that is on or off; the whole row is pressed. */
export function CheckField({ label, hint, isChecked, onChange, disabled, isMono = false }: CheckFieldProps) {
  const id = useId();
  return (
    <label className="flex min-h-11 cursor-pointer items-start gap-3 rounded-row py-2.5 has-disabled:cursor-not-allowed has-disabled:opacity-45 sm:py-2">
      <input
        type="checkbox"
        checked={isChecked}
        disabled={disabled}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4.5 shrink-0 accent-ink"
      />
      <span className="flex min-w-0 flex-col">
        <span id={`${id}-label`} dir="auto" className={`wrap-anywhere ${isMono ? 'font-mono' : 'font-strong'}`}>
          {label}
        </span>
        {hint !== undefined && (
          <span id={`${id}-hint`} className="text-caption text-ink-soft">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}

/** Fields that belong together, such as a list of checkboxes. */
export function FieldGroup({ label, hint, problem, children }: Told & { children: ReactNode }) {
  const id = useId();
  const note = problem ?? hint;
  return (
    <fieldset
      className="flex min-w-0 flex-col"
      aria-describedby={note === undefined ? undefined : `${id}-note`}
      aria-invalid={problem === undefined ? undefined : true}
    >
      <legend className="font-strong">{label}</legend>
      {note !== undefined && (
        <p id={`${id}-note`} className={`pt-0.5 text-caption ${problem === undefined ? 'text-ink-soft' : 'text-bad'}`}>
          {note}
        </p>
      )}
      {children}
    </fieldset>
  );
}
