import { SelectControl, TextControl } from '../../components/controls.tsx';
import { Field } from '../../components/field.tsx';
import { DURATION_UNITS, type Duration, type DurationUnit } from '../../lib/proxy-draft.ts';
import { useAccessTexts } from './use-access-texts.ts';

export type DurationFieldProps = {
  label: string;
  problem?: string;
  value: Duration;
  onChange: (value: Duration) => void;
};

const UNITS = Object.keys(DURATION_UNITS) as DurationUnit[]; // as: its keys are the units

/** A number and what it counts. */
export function DurationField({ label, problem, value, onChange }: DurationFieldProps) {
  const { texts } = useAccessTexts();
  const { durationUnits, form } = texts.proxies;
  return (
    <Field label={label} problem={problem}>
      {(control) => (
        <span className="grid grid-cols-[minmax(4rem,1fr)_minmax(7rem,1.5fr)] gap-2">
          <TextControl
            {...control}
            inputMode="decimal"
            value={value.amount}
            onChange={(amount) => onChange({ ...value, amount })}
          />
          <SelectControl
            aria-label={form.unit(label)}
            value={value.unit}
            options={UNITS.map((unit) => ({ value: unit, label: durationUnits[unit] }))}
            onChange={(unit) => onChange({ ...value, unit })}
          />
        </span>
      )}
    </Field>
  );
}
