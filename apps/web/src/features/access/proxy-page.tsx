import { CircleAlert, Unplug } from 'lucide-react';
import { useState } from 'react';
import { useParams } from 'react-router';
import { ApiError, baseUrls, type ProxyStatus } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Notice } from '../../components/notice.tsx';
import { Page } from '../../components/page.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Section } from '../../components/section.tsx';
import type { ProxyTrack } from '../../lib/proxy-history.ts';
import { useServices } from '../../lib/services.ts';
import { TOKEN_PLACEHOLDER } from '../../lib/snippets.ts';
import { ProgramSnippets } from './program-snippets.tsx';
import { ProxyAbout, ProxyLimits } from './proxy-about.tsx';
import { ProxyCharts } from './proxy-charts.tsx';
import { ProxyState } from './proxy-state.tsx';
import { useAccessTexts } from './use-access-texts.ts';
import { useOwnModel } from './use-own-model.ts';
import { useProxy } from './use-proxies.ts';

export function ProxyPage() {
  const { proxyId = '' } = useParams();
  const { texts } = useAccessTexts();
  const query = useProxy(proxyId);
  const [isAsking, setAsking] = useState(false);
  const { client, proxyHistory } = useServices();
  const words = texts.proxies;
  const status = query.data?.status;
  const name = status?.name ?? words.unnamed;
  const isGone = query.error instanceof ApiError && [400, 404].includes(query.error.status) && status === undefined;
  const end = async (): Promise<void> => {
    await client.proxies.end(proxyId);
    proxyHistory.add(await client.proxies.status(proxyId));
  };
  return (
    <Page
      title={isGone ? words.gone : status === undefined ? words.title : name}
      back={{ to: '/access/proxies', label: words.back }}
    >
      {isGone ? (
        <EmptyState icon={Unplug} title={words.gone}>
          {words.goneText}
        </EmptyState>
      ) : (
        <QueryView query={query} loading={texts.loading}>
          {(track) => <ProxyParts track={track} onEnd={() => setAsking(true)} />}
        </QueryView>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={words.endTitle(name)}
        action={words.endIt}
        onConfirm={end}
      >
        {words.endText}
      </ConfirmDialog>
    </Page>
  );
}

function ProxyParts({ track, onEnd }: { track: ProxyTrack; onEnd: () => void }) {
  const { texts } = useAccessTexts();
  const { status } = track;
  const isRunning = status.status === 'running';
  const words = texts.proxies;
  return (
    <>
      <div className="-mt-6 flex flex-col gap-4">
        <div className="flex min-h-11 items-center justify-between gap-4">
          <ProxyState proxy={status} />
          {isRunning && <Button onClick={onEnd}>{words.end}</Button>}
        </div>
        {status.status === 'crashed' && status.reason !== undefined && (
          <Notice icon={CircleAlert} tone="bad" title={words.ends[status.reason]}>
            {status.detail !== undefined && <p className="wrap-anywhere">{words.crashDetail(status.detail)}</p>}
          </Notice>
        )}
      </div>
      <ProxyAbout proxy={status} />
      <ProxyCharts track={track} />
      <ProxyLimits proxy={status} />
      {isRunning && <Connect proxy={status} />}
    </>
  );
}

function Connect({ proxy: { bridgeId, endpoint, config } }: { proxy: ProxyStatus }) {
  const { texts } = useAccessTexts();
  const ownModel = useOwnModel(bridgeId);
  return (
    <Section title={texts.snippets.title} lead={texts.snippets.leadToken(TOKEN_PLACEHOLDER)}>
      <ProgramSnippets
        source={{ addresses: baseUrls(endpoint), secret: TOKEN_PLACEHOLDER, model: config.models?.[0] ?? ownModel }}
      />
    </Section>
  );
}
