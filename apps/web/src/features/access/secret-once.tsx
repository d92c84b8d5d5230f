import { Check, Copy, TriangleAlert } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { useAccessTexts } from './use-access-texts.ts';

export type SecretOnceProps = {
  title: string;
  /** That it is shown this once. */
  lead: string;
  /** What it is called, such as "API key". */
  label: string;
  secret: string;
  /** Said when somebody is about to leave. */
  leaveWords: string;
  isLeaving: boolean;
  /** What can be done with it. */
  children: ReactNode;
  actions: ReactNode;
};

/** A secret that nobody can show again, and the way to keep it. */
export function SecretOnce(props: SecretOnceProps) {
  const { title, lead, label, secret, leaveWords, isLeaving, children, actions } = props;
  const { texts } = useAccessTexts();
  const [isCopied, setCopied] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  // The form that had the focus is gone.
  useEffect(() => heading.current?.focus(), []);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
    } catch {
      // Refused without permission or outside a secure context: it can still be marked and copied by hand.
    }
  };
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <div className="flex flex-col gap-2">
        <h2 ref={heading} tabIndex={-1} className="text-title font-strong outline-none">
          {title}
        </h2>
        <p className="text-ink-soft">{lead}</p>
      </div>
      <div className="flex flex-col gap-2 rounded-card border border-line-strong p-3 ps-4 sm:flex-row sm:items-center sm:gap-4">
        <p className="min-w-0 flex-1">
          <span className="block text-caption text-ink-soft">{label}</span>
          <code dir="ltr" className="font-mono text-ui wrap-anywhere select-all">
            {secret}
          </code>
        </p>
        <Button look="primary" onClick={() => void copy()} className="shrink-0">
          {isCopied ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />}
          {isCopied ? texts.copied : texts.copy}
        </Button>
      </div>
      {children}
      {isLeaving && <Notice icon={TriangleAlert} tone="warn" title={leaveWords} role="alert" />}
      <div className="flex justify-end gap-2 max-sm:flex-col-reverse">{actions}</div>
    </div>
  );
}
