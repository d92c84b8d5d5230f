import type { ProxyStatus } from '@cloudtolocalllm/sdk';
import { useAccessTexts } from './use-access-texts.ts';

/** The state in words, with the reason of its end; a dot beside it for the eye. */
export function ProxyState({ proxy: { status, reason } }: { proxy: ProxyStatus }) {
  const { states, ends } = useAccessTexts().texts.proxies;
  const isCrash = status === 'crashed';
  return (
    <span className={`inline-flex items-center gap-1.5 text-caption ${isCrash ? 'text-bad' : 'text-ink-soft'}`}>
      <span
        aria-hidden
        className={`size-2 shrink-0 rounded-full ${status === 'running' ? 'bg-ink' : isCrash ? 'bg-bad' : 'border border-line-strong'}`}
      />
      {reason === undefined ? states[status] : `${states[status]}: ${lowerFirst(ends[reason])}`}
    </span>
  );
}

/** Behind a colon. */
function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
