import { useRef } from 'react';
import type { ImportStatus } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { inWords } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** More problems than these are counted, not listed. */
const PROBLEMS_SHOWN = 20;

/** Bringing conversations along from a file, and how far it is. */
export function ImportDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { imports } = useServices();
  const texts = useTexts();
  const { phase, status, failure: kept } = useStore(imports);
  const failure = kept && inWords(kept, texts);
  const picker = useRef<HTMLInputElement>(null);
  const isBusy = phase === 'sending' || phase === 'running';
  const close = (): void => {
    if (!isBusy) imports.reset();
    onClose();
  };
  return (
    <Dialog isOpen={isOpen} onClose={close} label={texts.conversations.importTitle} place="sheet">
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-3">
          <h2 className="text-title font-strong">{texts.conversations.importTitle}</h2>
          <p className="text-ink-soft">{texts.conversations.importLead}</p>
          <output className="flex flex-col gap-2 empty:hidden">
            {phase === 'sending' && <span>{texts.conversations.sending}</span>}
            {status && <Progress status={status} />}
          </output>
          {failure && (
            <p role="alert" className="text-bad">
              {failure.title}
              {failure.detail === undefined ? '' : `: ${failure.detail}`}
            </p>
          )}
        </div>
        <input
          ref={picker}
          type="file"
          accept="application/json,.json"
          aria-label={texts.conversations.importFile}
          hidden
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void imports.start(file);
            event.target.value = '';
          }}
        />
        <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={close}>{texts.common.close}</Button>
          <Button look="primary" disabled={isBusy} onClick={() => picker.current?.click()}>
            {texts.conversations.chooseFile}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Progress({ status }: { status: ImportStatus }) {
  const texts = useTexts().conversations;
  const { total, imported, skipped, failed, problems, error } = status;
  return (
    <>
      <progress
        aria-label={texts.imported}
        max={Math.max(1, total)}
        value={imported + skipped + failed}
        className="h-1.5 w-full appearance-none overflow-hidden rounded-row bg-hover [&::-moz-progress-bar]:bg-ink [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-ink"
      />
      <span className="tabular-nums">{texts.progress(imported, total, skipped, failed)}</span>
      {error !== undefined && <span className="text-bad">{error}</span>}
      {problems.length > 0 && (
        <ul
          aria-label={texts.problems}
          className="max-h-40 overflow-y-auto rounded-row bg-sunken px-3 py-2 text-caption"
        >
          {problems.slice(0, PROBLEMS_SHOWN).map(({ entry, title, message }) => (
            <li key={entry} className="wrap-anywhere">
              {title ?? texts.entry(entry + 1)}: {message}
            </li>
          ))}
          {problems.length > PROBLEMS_SHOWN && <li>{texts.moreProblems(problems.length - PROBLEMS_SHOWN)}</li>}
        </ul>
      )}
    </>
  );
}
