import { ArrowUp, Clock, Paperclip, Square } from 'lucide-react';
import { useLayoutEffect, useRef, type ClipboardEvent, type FormEvent, type KeyboardEvent } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import type { PickedFile } from '../../lib/attachments.ts';
import { PickedFiles } from './picked-files.tsx';
import { useFileDrop } from './use-file-drop.ts';

export type ComposerProps = {
  text: string;
  onText: (text: string) => void;
  placeholder: string;
  /** An answer is being written: Send is Stop. */
  isRunning: boolean;
  isStopping: boolean;
  /** What is sent now is answered when the computer is back. */
  isAsleep: boolean;
  /** Why nothing can be sent now, if so; the text can be written all the same. */
  blocked?: string;
  files: readonly PickedFile[];
  onFiles: (files: readonly File[]) => void;
  onRemoveFile: (key: string) => void;
  onSend: (content: string) => void;
  onStop: () => void;
};

/** Enter sends, Shift and Enter begin a new line; grows with its text up to a good part of the page. */
export function Composer(props: ComposerProps) {
  const { text, onText, placeholder, isRunning, isStopping, isAsleep, blocked, files, onFiles, onSend, onStop } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const isUploading = files.some(({ phase }) => phase === 'uploading');
  const hasFailed = files.some(({ phase }) => phase === 'failed');
  const why = blocked ?? (hasFailed ? 'Remove the file that can’t be sent' : undefined);
  const canSend = !isRunning && !isUploading && why === undefined && text.trim() !== '';
  const label = isRunning ? 'Stop' : isAsleep ? 'Send when it’s back' : 'Send';

  // After every render: the text or the width may have changed.
  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  });

  const send = (): void => {
    if (canSend) onSend(text.trim());
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
  const onPaste = (event: ClipboardEvent): void => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    onFiles(Array.from(event.clipboardData.files));
  };
  useFileDrop(onFiles);

  return (
    <form
      aria-label="Write a message"
      onSubmit={onSubmit}
      className="flex flex-col rounded-large border border-line-strong bg-surface p-1.5 shadow-float transition-colors duration-150 focus-within:border-ink-soft"
    >
      <PickedFiles files={files} onRemove={props.onRemoveFile} />
      <div className="flex items-end gap-1">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label="Files"
          onChange={(event) => {
            onFiles(Array.from(event.target.files ?? []));
            event.target.value = '';
          }}
        />
        <IconButton
          icon={Paperclip}
          label="Add images or text files"
          onClick={() => picker.current?.click()}
          className="rounded-full"
        />
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
          onPaste={onPaste}
          className="max-h-[40dvh] min-h-11 min-w-0 flex-1 resize-none bg-transparent px-1 py-2.5 text-body leading-6 caret-accent outline-none placeholder:text-ink-soft"
        />
        <button
          type="submit"
          aria-label={label}
          title={isRunning ? label : (why ?? label)}
          disabled={isRunning ? isStopping : !canSend}
          className="inline-flex h-11 min-w-11 shrink-0 items-center justify-center gap-2 rounded-full bg-ink text-canvas transition-colors duration-150 hover:bg-ink-hover disabled:bg-hover disabled:text-ink-soft"
        >
          <SendFace isRunning={isRunning} isAsleep={isAsleep} />
        </button>
      </div>
    </form>
  );
}

function SendFace({ isRunning, isAsleep }: Pick<ComposerProps, 'isRunning' | 'isAsleep'>) {
  if (isRunning) return <Square aria-hidden className="size-4 fill-current" />;
  if (!isAsleep) return <ArrowUp aria-hidden className="size-5" strokeWidth={2} />;
  return (
    <>
      <Clock aria-hidden className="size-4 sm:ms-4" strokeWidth={2} />
      <span className="pe-4 font-strong max-sm:hidden">Send when it’s back</span>
    </>
  );
}
