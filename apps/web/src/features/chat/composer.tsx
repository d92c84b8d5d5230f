import { ArrowUp, Square } from 'lucide-react';
import { useLayoutEffect, useRef, type FormEvent, type KeyboardEvent } from 'react';

export type ComposerProps = {
  text: string;
  onText: (text: string) => void;
  placeholder: string;
  /** An answer is being written: Send is Stop. */
  isRunning: boolean;
  isStopping: boolean;
  /** Why nothing can be sent now, if so; the text can be written all the same. */
  blocked?: string;
  onSend: (content: string) => void;
  onStop: () => void;
};

/** Enter sends, Shift and Enter begin a new line; grows with its text up to a good part of the page. */
export function Composer({ text, onText, placeholder, isRunning, isStopping, blocked, onSend, onStop }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const canSend = !isRunning && blocked === undefined && text.trim() !== '';

  // After every render: the text or the width may have changed.
  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  });

  const send = (): void => {
    if (!canSend) return;
    onSend(text.trim());
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (isRunning) onStop();
    else send();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      aria-label="Write a message"
      onSubmit={onSubmit}
      className="flex items-end gap-1 rounded-large border border-line-strong bg-surface p-1.5 shadow-float transition-colors duration-150 focus-within:border-ink-soft"
    >
      <textarea
        ref={field}
        id="composer"
        aria-label="Message"
        rows={1}
        dir="auto"
        enterKeyHint="send"
        placeholder={placeholder}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
        className="max-h-[40dvh] min-h-11 min-w-0 flex-1 resize-none bg-transparent px-3 py-2.5 text-body leading-6 caret-accent outline-none placeholder:text-ink-soft"
      />
      <button
        type="submit"
        aria-label={isRunning ? 'Stop' : 'Send'}
        title={isRunning ? 'Stop' : (blocked ?? 'Send')}
        disabled={isRunning ? isStopping : !canSend}
        className="inline-flex size-11 shrink-0 items-center justify-center rounded-full bg-ink text-canvas transition-colors duration-150 hover:bg-ink-hover disabled:bg-hover disabled:text-ink-soft"
      >
        {isRunning ? (
          <Square aria-hidden className="size-4 fill-current" />
        ) : (
          <ArrowUp aria-hidden className="size-5" strokeWidth={2} />
        )}
      </button>
    </form>
  );
}
