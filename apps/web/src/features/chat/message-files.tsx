import { FileText } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Attachment } from '@cloudtolocalllm/sdk';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** What went with a question. */
export function MessageFiles({ files }: { files: readonly Attachment[] | undefined }) {
  const { attachments } = useTexts().composer;
  if (!files?.length) return null;
  return (
    <ul aria-label={attachments} className="flex max-w-[85%] flex-wrap justify-end gap-2">
      {files.map((file) => (
        <li key={file.id} className="min-w-0">
          {file.kind === 'image' ? <Picture file={file} /> : <FileChip name={file.name} />}
        </li>
      ))}
    </ul>
  );
}

export function FileChip({ name }: { name: string }) {
  return (
    <span className="flex h-11 max-w-56 items-center gap-2 rounded-row border border-line bg-surface px-3 text-caption">
      <FileText aria-hidden className="size-4 shrink-0 text-ink-soft" strokeWidth={1.75} />
      <span className="truncate">{name}</span>
    </span>
  );
}

function Picture({ file }: { file: Attachment }) {
  const { images } = useServices();
  const [url, setUrl] = useState<string>();
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    images.load(file.id).then(
      (loaded) => isCurrent && setUrl(loaded),
      () => isCurrent && setMissing(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [images, file.id]);
  if (isMissing) return <FileChip name={file.name} />;
  // The space is kept while it loads: text never moves once it is written.
  return url === undefined ? (
    <span className="block size-40 rounded-card bg-sunken" />
  ) : (
    <img src={url} alt={file.name} className="size-40 rounded-card border border-line object-cover" />
  );
}
