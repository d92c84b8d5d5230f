import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTexts } from '../lib/use-texts.ts';
import { IconButton } from './icon-button.tsx';

export type CopyButtonProps = { text: string; label: string };

const CONFIRM_MS = 2_000;

export function CopyButton({ text, label }: CopyButtonProps) {
  const { copied } = useTexts().composer;
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), CONFIRM_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = (): void => {
    // Refused without permission or outside a secure context; then nothing is confirmed.
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <>
      <IconButton icon={isCopied ? Check : Copy} label={isCopied ? copied : label} size="small" onClick={copy} />
      <output className="sr-only">{isCopied ? copied : ''}</output>
    </>
  );
}
