import { useTexts } from '../lib/use-texts.ts';
import { CopyButton } from './copy-button.tsx';

/** A command to type on a computer. */
export function CommandLine({ command }: { command: string }) {
  const { copyCommand } = useTexts().composer;
  return (
    <span className="flex min-h-11 max-w-full items-start gap-1 py-1.5 rounded-row border border-line bg-surface ps-3 pe-1.5">
      <code className="min-w-0 flex-1 py-[0.4375rem] font-mono text-caption wrap-anywhere whitespace-pre-wrap">
        {command}
      </code>
      <CopyButton text={command} label={copyCommand} />
    </span>
  );
}
