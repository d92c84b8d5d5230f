import { useQuery } from '@tanstack/react-query';
import type { LimitsInUse } from '@cloudtolocalllm/sdk';
import { QueryView } from '../../components/query-view.tsx';
import { Section } from '../../components/section.tsx';
import { useServices } from '../../lib/services.ts';
import { LimitMeter } from './limit-meter.tsx';
import { useAccessTexts } from './use-access-texts.ts';

/** Each look is a request itself: 240 of the 1000 that a person has in an hour, if they look that long. */
const REFRESH_MS = 15_000;

export function LimitsPage() {
  const { client } = useServices();
  const { texts } = useAccessTexts();
  const query = useQuery({
    queryKey: ['limits'],
    queryFn: ({ signal }) => client.account.limits({ signal }),
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
  return (
    <Section title={texts.limits.title} lead={texts.limits.lead}>
      <QueryView query={query} loading={texts.loading}>
        {(limits) => <Limits limits={limits} />}
      </QueryView>
    </Section>
  );
}

function Limits({ limits: { requests, streams, sockets, bridges } }: { limits: LimitsInUse }) {
  const words = useAccessTexts().texts.limits;
  return (
    <div className="flex flex-col gap-8">
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        <LimitMeter
          title={words.requests}
          hint={words.requestsHint}
          used={requests.limit - requests.remaining}
          limit={requests.limit}
          reset={requests.reset}
        />
        <LimitMeter
          title={words.streams}
          hint={words.streamsHint}
          used={streams.running}
          limit={streams.limit}
          note={words.frees}
        />
        <LimitMeter
          title={words.sockets}
          hint={words.socketsHint}
          used={sockets.open}
          limit={sockets.limit}
          note={words.freesSockets}
        />
      </div>
      <section aria-label={words.computers} className="flex flex-col gap-3">
        <div>
          <h3 className="text-body font-strong">{words.computers}</h3>
          <p className="text-ink-soft">{bridges.length === 0 ? words.noComputers : words.computersHint}</p>
        </div>
        <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
          {bridges.map(({ bridgeId, name, limit, remaining, reset }) => (
            <LimitMeter key={bridgeId} title={name} used={limit - remaining} limit={limit} reset={reset} />
          ))}
        </div>
      </section>
    </div>
  );
}
