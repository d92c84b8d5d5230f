import { ArrowUp, Clock, Paperclip, Square } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, type ClipboardEvent, type FormEvent, type KeyboardEvent } from 'react';
import type { AccountSettings } from '@cloudtolocalllm/sdk';
import { IconButton } from '../../components/icon-button.tsx';
import type { PickedFile } from '../../lib/attachments.ts';
import { sends } from '../../lib/send-key.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { PickedFiles } from './picked-files.tsx';
import { useFileDrop } from './use-file-drop.ts';

export type ComposerProps = {
  text: string;
  onText: (text: string) => void;
  placeholder: string;
  sendKey: AccountSettings['sendKey'];
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

/** Sends with the person's key, Shift and Enter begin a new line; grows with its text up to a good part of the page. */
export function Composer(props: ComposerProps) {
  const {
    text,
    onText,
    placeholder,
    sendKey,
    isRunning,
    isStopping,
    isAsleep,
    blocked,
    files,
    onFiles,
    onSend,
    onStop,
  } = props;
  const words = useTexts().composer;
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const isUploading = files.some(({ phase }) => phase === 'uploading');
  const hasFailed = files.some(({ phase }) => phase === 'failed');
  const why = blocked ?? (hasFailed ? words.badFile : undefined);
  const canSend = !isRunning && !isUploading && why === undefined && text.trim() !== '';
  const label = isRunning ? words.stop : isAsleep ? words.sendLater : words.send;

  // After every render, since the text may have changed, and with every new width.
  useLayoutEffect(() => grow(field.current));
  useEffect(() => {
    const box = field.current;
    let width = 0;
    const observer = new ResizeObserver(() => {
      if (box?.offsetWidth !== width) grow(box);
      width = box?.offsetWidth ?? 0;
    });
    if (box) observer.observe(box);
    return () => observer.disconnect();
  }, []);

  const send = (): void => {
    if (canSend) onSend(text.trim());
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (isRunning) onStop();
    else send();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!sends(event.nativeEvent, sendKey)) return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent): void => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    onFiles(Array.from(event.clipboardData.files));
  };
  const isDropping = useFileDrop(onFiles);
  const hasBegun = text.trim() !== '' || files.length > 0;
  // The reason stands where the button is, once there is something to send.
  const hint = isDropping
    ? words.drop
    : hasBegun
      ? (why ?? (isAsleep && !isRunning ? words.queuedHint : undefined))
      : undefined;

  return (
    <form
      aria-label={words.form}
      data-dropping={isDropping || undefined}
      onSubmit={onSubmit}
      className="flex flex-col rounded-large border border-line-strong bg-surface p-1.5 shadow-float transition-colors duration-150 focus-within:border-ink-soft data-dropping:border-accent"
    >
      <PickedFiles files={files} onRemove={props.onRemoveFile} />
      <div className="flex items-end gap-1">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label={words.files}
          onChange={(event) => {
            onFiles(Array.from(event.target.files ?? []));
            event.target.value = '';
          }}
        />
        <IconButton
          icon={Paperclip}
          label={words.pick}
          onClick={() => picker.current?.click()}
          className="rounded-full"
        />
        <textarea
          ref={field}
          id="composer"
          aria-label={words.message}
          aria-describedby="composer-hint"
          rows={1}
          dir="auto"
          enterKeyHint={sendKey === 'enter' ? 'send' : 'enter'}
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
          <SendFace isRunning={isRunning} isAsleep={isAsleep} later={words.sendLater} />
        </button>
      </div>
      <p id="composer-hint" aria-live="polite" className="px-3 pb-1.5 text-caption text-ink-soft empty:hidden">
        {hint}
      </p>
    </form>
  );
}

type SendFaceProps = Pick<ComposerProps, 'isRunning' | 'isAsleep'> & { later: string };

function SendFace({ isRunning, isAsleep, later }: SendFaceProps) {
  if (isRunning) return <Square aria-hidden className="size-4 fill-current" />;
  if (!isAsleep) return <ArrowUp aria-hidden className="size-5" strokeWidth={2} />;
  return (
    <>
      <Clock aria-hidden className="size-4 sm:ms-4" strokeWidth={2} />
      <span className="pe-4 font-strong max-sm:hidden">{later}</span>
    </>
  );
}

/** As high as its text, up to where it scrolls. */
function grow(box: HTMLTextAreaElement | null): void {
  if (!box) return;
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight}px`;
}
