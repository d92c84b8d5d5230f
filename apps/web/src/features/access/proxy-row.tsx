import { ChevronRight } from 'lucide-react';
import type { ProxyStatus } from '@cloudtolocalllm/sdk';
import { Link } from '../../components/link.tsx';
import { agoWords, bytesWords, fromNowWords, numberWords } from '../../lib/amounts.ts';
import { useNow } from '../../lib/use-now.ts';
import { ProxyState } from './proxy-state.tsx';
import { useAccessTexts } from './use-access-texts.ts';
import { useComputerName } from './use-computer-name.ts';

/** A proxy in the list; all of it leads to its page. */
export function ProxyRow({ proxy }: { proxy: ProxyStatus }) {
  const { texts, language } = useAccessTexts();
  const now = useNow();
  const computerName = useComputerName();
  const words = texts.proxies;
  const { name, bridgeId, metrics, expires, ended } = proxy;
  const when =
    ended === undefined
      ? words.endsIn(fromNowWords(Date.parse(expires), now, language))
      : words.endedAgo(agoWords(Date.parse(ended), now, language));
  const facts = [
    words.on(computerName(bridgeId)),
    words.requests(numberWords(metrics.requests, language), metrics.requests === 1),
    bytesWords(metrics.bytesTransferred, language),
    when,
  ];
  return (
    <li className="relative flex items-center gap-3 px-4 py-4 transition-colors duration-150 first:rounded-t-card last:rounded-b-card hover:bg-hover">
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        <p className="flex min-w-0 flex-wrap items-center gap-x-3">
          <Link
            to={`/access/proxies/${proxy.proxyId}`}
            dir="auto"
            className="min-w-0 text-body font-strong wrap-anywhere after:absolute after:inset-0 after:rounded-card focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {name ?? words.unnamed}
          </Link>
          <ProxyState proxy={proxy} />
        </p>
        <p className="text-ink-soft">{facts.join(texts.dot)}</p>
      </div>
      <ChevronRight aria-hidden className="size-4 shrink-0 text-ink-soft rtl:-scale-x-100" strokeWidth={1.75} />
    </li>
  );
}
