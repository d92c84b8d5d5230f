import { useId } from 'react';
import { Button } from '../../components/button.tsx';
import { inWords, type Failure } from '../../lib/failure.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { useSavedText } from './use-saved-text.ts';

export type TextSettingProps = {
  label: string;
  hint?: string;
  value: string;
  lines?: number;
  maxLength?: number;
  /** What keeps a text from being saved, if anything. */
  problemOf?: (text: string) => string | undefined;
  /** Returns why it was not taken. */
  onSave: (text: string) => Promise<Failure | undefined>;
};

/** A text that saves itself; one that can't be saved says why and stays as it was written. */
export function TextSetting({ label, hint, value, lines = 1, maxLength, problemOf, onSave }: TextSettingProps) {
  const id = useId();
  const texts = useTexts();
  const { text, failure, write, save } = useSavedText(value, async (next) =>
    problemOf?.(next) === undefined ? onSave(next) : undefined,
  );
  const problem = problemOf?.(text) ?? (failure && texts.failures.notSaved(inWords(failure, texts).title));
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
      {failure && (
        <Button className="self-start" onClick={save}>
          {texts.common.tryAgain}
        </Button>
      )}
    </div>
  );
}
