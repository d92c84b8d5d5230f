import { X } from 'lucide-react';
import { IconButton } from '../../components/icon-button.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import type { PickedFile } from '../../lib/attachments.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { FileChip } from './message-files.tsx';

export type PickedFilesProps = { files: readonly PickedFile[]; onRemove: (key: string) => void };

/** What goes with the next question. */
export function PickedFiles({ files, onRemove }: PickedFilesProps) {
  const words = useTexts().composer;
  if (files.length === 0) return null;
  return (
    <ul aria-label={words.toSend} className="flex flex-wrap gap-2 px-2 pt-1.5">
      {files.map(({ key, name, phase, preview, problem }) => (
        <li key={key} className="flex min-w-0 items-center gap-1">
          {preview === undefined ? (
            <FileChip name={name} />
          ) : (
            <img src={preview} alt={name} className="size-14 rounded-row border border-line object-cover" />
          )}
          {phase === 'uploading' && (
            <span className="px-1">
              <WaitingDots />
              <span className="sr-only">{words.uploading(name)}</span>
            </span>
          )}
          {problem !== undefined && (
            <span role="alert" className="text-caption text-bad">
              {problem}
            </span>
          )}
          <IconButton icon={X} label={words.remove(name)} size="small" onClick={() => onRemove(key)} />
        </li>
      ))}
    </ul>
  );
}
