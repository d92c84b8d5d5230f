import { useId } from 'react';
import { Setting } from './setting.tsx';

export type ToggleProps = { label: string; hint?: string; isOn: boolean; onChange: (isOn: boolean) => void };

/** On or off. A checkbox that says it is a switch: every browser has its keys. */
export function Toggle({ label, hint, isOn, onChange }: ToggleProps) {
  const id = useId();
  return (
    <Setting label={label} htmlFor={id} hint={hint} hintId={`${id}-hint`}>
      <span className="relative inline-flex h-7 w-12 shrink-0 items-center self-start rounded-full border border-line-strong bg-sunken p-0.5 transition-colors duration-150 touch-target has-checked:border-ink has-checked:bg-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent sm:self-center">
        <input
          id={id}
          type="checkbox"
          role="switch"
          aria-checked={isOn}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          checked={isOn}
          onChange={(event) => onChange(event.target.checked)}
          className="peer absolute -inset-2 z-1 cursor-pointer opacity-0"
        />
        <span className="size-5 rounded-full bg-ink-soft transition-[translate,background-color] duration-150 peer-checked:translate-x-5 peer-checked:bg-canvas rtl:peer-checked:-translate-x-5" />
      </span>
    </Setting>
  );
}
