import type { BridgeStatus, InstalledModel } from '@cloudtolocalllm/sdk';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { useServices } from '../../lib/services.ts';
import { sizeWords } from '../../lib/size-words.ts';
import { clockWords } from '../../lib/time-words.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type ModelItemProps = { computer: BridgeStatus; model: InstalledModel; mayManage: boolean };

type Change = 'load' | 'unload' | 'delete';

/** One model on a computer: what it is, whether it is in memory, and what can be done with it. */
export function ModelItem({ computer, model, mayManage }: ModelItemProps) {
  const { computerActions } = useServices();
  const texts = useTexts();
  const { computers } = texts;
  const [busy, setBusy] = useState<Change>();
  const [isDeleting, setDeleting] = useState(false);
  const { name, loaded } = model;
  const change = (what: Change) => async (): Promise<void> => {
    setBusy(what);
    await computerActions[what](computer.bridgeId, name);
    setBusy(undefined);
  };
  const busyWords = { load: computers.loadingModel, unload: computers.unloadingModel, delete: computers.deletingModel };
  const facts = [
    model.size === undefined ? undefined : sizeWords(model.size, texts.language),
    model.family,
    model.parameterSize,
    model.quantization,
  ].filter(Boolean);
  return (
    <li aria-label={name} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 ps-4 pe-2">
      <div className="flex min-w-0 flex-1 basis-36 flex-col py-1">
        <span className="font-mono font-strong wrap-anywhere">{name}</span>
        <span className="text-caption text-ink-soft">{facts.join(' · ')}</span>
        {loaded && (
          <span className="flex items-center gap-1.5 text-caption">
            <span aria-hidden className="size-1.5 shrink-0 rounded-full bg-lamp" />
            {memoryWords(loaded.until, texts)}
          </span>
        )}
      </div>
      {mayManage && (
        <div className="ms-auto flex items-center gap-1">
          {busy === undefined ? (
            <Button
              look="quiet"
              aria-label={loaded ? computers.unloadNamed(name) : computers.loadNamed(name)}
              onClick={() => void change(loaded ? 'unload' : 'load')()}
            >
              {loaded ? computers.unloadModel : computers.loadModel}
            </Button>
          ) : (
            <output className="px-4 text-ink-soft">{busyWords[busy]}</output>
          )}
          <IconButton
            icon={Trash2}
            label={computers.deleteNamed(name)}
            disabled={busy !== undefined}
            onClick={() => setDeleting(true)}
          />
          <ConfirmDialog
            isOpen={isDeleting}
            onClose={() => setDeleting(false)}
            title={computers.deleteTitle(name)}
            action={computers.remove}
            onConfirm={change('delete')}
          >
            {computers.deleteLead(computer.name)}
          </ConfirmDialog>
        </div>
      )}
    </li>
  );
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Engines say "for good" with a date in centuries; a time of the day says nothing about another day either. */
function memoryWords(until: string | undefined, { computers, language }: ReturnType<typeof useTexts>): string {
  const time = until === undefined ? NaN : Date.parse(until);
  const isSoon = time - Date.now() < DAY_MS;
  return isSoon ? computers.inMemoryUntil(clockWords(time, language)) : computers.inMemory;
}
