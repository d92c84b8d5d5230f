import { Plus, Waypoints } from 'lucide-react';
import { useState } from 'react';
import type { ProxyStatus } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Section } from '../../components/section.tsx';
import { ProxyDialog } from './proxy-dialog.tsx';
import { ProxyRow } from './proxy-row.tsx';
import { useAccessTexts } from './use-access-texts.ts';
import { useProxies } from './use-proxies.ts';

export function ProxiesPage() {
  const { texts } = useAccessTexts();
  const { query, running, ended } = useProxies();
  const [isMaking, setMaking] = useState(false);
  const words = texts.proxies;
  const create = (
    <Button look="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden className="size-4" />
      {words.create}
    </Button>
  );
  const isEmpty = running.length === 0 && ended.length === 0;
  return (
    <Section title={words.title} lead={words.lead} action={isEmpty ? undefined : create}>
      <QueryView query={query} loading={texts.loading}>
        {() =>
          isEmpty ? (
            <EmptyState icon={Waypoints} title={words.emptyTitle} action={create}>
              {words.empty}
            </EmptyState>
          ) : (
            <div className="flex flex-col gap-6">
              <ProxyList title={words.running} proxies={running} none={words.noneRunning} />
              {ended.length > 0 && <ProxyList title={words.ended} proxies={ended} note={words.keptFor} />}
              {query.hasNextPage && (
                <Button
                  className="self-start"
                  disabled={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {texts.showMore}
                </Button>
              )}
            </div>
          )
        }
      </QueryView>
      <ProxyDialog isOpen={isMaking} onClose={() => setMaking(false)} />
    </Section>
  );
}

type ProxyListProps = { title: string; proxies: readonly ProxyStatus[]; none?: string; note?: string };

function ProxyList({ title, proxies, none, note }: ProxyListProps) {
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h3 className="text-caption font-strong text-ink-soft">{title}</h3>
      {proxies.length === 0 ? (
        <p className="text-ink-soft">{none}</p>
      ) : (
        <ul className="divide-y divide-line rounded-card border border-line bg-surface">
          {proxies.map((proxy) => (
            <ProxyRow key={proxy.proxyId} proxy={proxy} />
          ))}
        </ul>
      )}
      {note !== undefined && <p className="text-caption text-ink-soft">{note}</p>}
    </section>
  );
}
