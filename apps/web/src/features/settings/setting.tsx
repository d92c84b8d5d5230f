import { useId, type ReactNode } from 'react';

export type SettingsSectionProps = { title: string; lead?: string; children: ReactNode };

/** Settings that belong together, under a heading. */
export function SettingsSection({ title, lead, children }: SettingsSectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <div>
        <h2 id={id} className="text-title font-strong">
          {title}
        </h2>
        {lead !== undefined && <p className="text-ink-soft">{lead}</p>}
      </div>
      <div className="flex flex-col divide-y divide-line rounded-card border border-line bg-surface px-4">
        {children}
      </div>
    </section>
  );
}

export type SettingProps = {
  /** Names the control: of its `htmlFor`, or by `labelId` for a group. */
  label: string;
  labelId?: string;
  htmlFor?: string;
  hint?: string;
  hintId?: string;
  /** The control needs all of the width. */
  isWide?: boolean;
  children: ReactNode;
};

/** A name, a word about it, and the control: beside them where there is room. */
export function Setting({ label, labelId, htmlFor, hint, hintId, isWide = false, children }: SettingProps) {
  const Label = htmlFor === undefined ? 'span' : 'label';
  return (
    <div
      className={`flex flex-col gap-x-6 gap-y-2 py-4 ${isWide ? '' : 'sm:flex-row sm:items-center sm:justify-between'}`}
    >
      <div className="flex min-w-0 flex-col">
        <Label id={labelId} htmlFor={htmlFor} className="font-strong">
          {label}
        </Label>
        {hint !== undefined && (
          <span id={hintId} className="text-ink-soft">
            {hint}
          </span>
        )}
      </div>
      {children}
    </div>
  );
}
