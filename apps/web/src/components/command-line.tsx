import { useTexts } from '../lib/use-texts.ts';
import { CopyButton } from './copy-button.tsx';

/** A command to type on a computer. */
export function CommandLine({ command }: { command: string }) {
  const { copyCommand } = useTexts().composer;
  return (
    <span className="flex min-h-11 max-w-full items-center gap-1 rounded-row border border-line bg-surface ps-3 pe-1.5">
      <code className="min-w-0 flex-1 overflow-x-auto font-mono text-caption whitespace-nowrap">{command}</code>
      <CopyButton text={command} label={copyCommand} />
    </span>
  );
}
