import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { Button } from '../../components/button.tsx';
import { sends } from '../../lib/send-key.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type QuestionEditorProps = {
  content: string;
  onCancel: () => void;
  /** Absent while it can't be asked: what is written stays. */
  onSend?: (content: string) => void;
};

/** A question that is put in other words; the earlier one stays, a step to the left. */
export function QuestionEditor({ content, onCancel, onSend }: QuestionEditorProps) {
  const { settings } = useServices();
  const sendKey = useStore(settings, (value) => value.sendKey);
  const { common, composer: words } = useTexts();
  const hintId = useId();
  const [text, setText] = useState(content);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(content.length, content.length);
  }, [content]);
  const canSend = onSend !== undefined && text.trim() !== '';
  const send = (): void => {
    if (canSend) onSend(text.trim());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onCancel();
    if (!sends(event.nativeEvent, sendKey)) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      aria-label={words.edit}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="flex flex-col gap-2 rounded-large bg-bubble p-3"
    >
      <textarea
        ref={field}
        aria-label={words.question}
        aria-describedby={hintId}
        dir="auto"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="field-sizing-content max-h-[40dvh] min-h-11 w-full resize-none bg-transparent px-1 text-body caret-accent outline-none"
      />
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p id={hintId} aria-live="polite" className="min-w-0 flex-1 px-1 text-caption text-ink-soft">
          {onSend === undefined && words.editWaits}
        </p>
        <Button onClick={onCancel}>{common.cancel}</Button>
        <Button look="primary" type="submit" disabled={!canSend}>
          {words.send}
        </Button>
      </div>
    </form>
  );
}
