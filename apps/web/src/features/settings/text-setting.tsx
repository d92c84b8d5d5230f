import { useId } from 'react';
import { useSavedText } from './use-saved-text.ts';

export type TextSettingProps = {
  label: string;
  hint?: string;
  value: string;
  lines?: number;
  maxLength?: number;
  /** What keeps a text from being saved, if anything. */
  problemOf?: (text: string) => string | undefined;
  onSave: (text: string) => void;
};

/** A text that saves itself; one that can't be saved says why and stays as it was written. */
export function TextSetting({ label, hint, value, lines = 1, maxLength, problemOf, onSave }: TextSettingProps) {
  const id = useId();
  const { text, write, save } = useSavedText(value, (next) => problemOf?.(next) === undefined && onSave(next));
  const problem = problemOf?.(text);
  const shared = {
    id,
    dir: 'auto',
    value: text,
    maxLength,
    'aria-invalid': problem !== undefined,
    'aria-describedby': `${id}-hint`,
    onBlur: save,
    className:
      'min-h-11 w-full rounded-row border border-line-strong bg-surface px-3 text-body caret-accent aria-invalid:border-bad',
  } as const;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-strong">
        {label}
      </label>
      {lines === 1 ? (
        <input
          {...shared}
          type="text"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => write(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && save()}
        />
      ) : (
        <textarea
          {...shared}
          rows={lines}
          onChange={(event) => write(event.target.value)}
          className={`${shared.className} max-h-96 resize-y py-2`}
        />
      )}
      <p
        id={`${id}-hint`}
        role={problem === undefined ? undefined : 'alert'}
        className={problem === undefined ? 'text-caption text-ink-soft' : 'text-caption text-bad'}
      >
        {problem ?? hint}
      </p>
    </div>
  );
}
