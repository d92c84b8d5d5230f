import { useInfiniteQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Section } from '../../components/section.tsx';
import { byDay } from '../../lib/audit-days.ts';
import { namesIn } from '../../lib/audit-notes.ts';
import { dayWords, numberWords } from '../../lib/amounts.ts';
import { useServices } from '../../lib/services.ts';
import { useNow } from '../../lib/use-now.ts';
import { ActivityRow } from './activity-row.tsx';
import { useAccessTexts } from './use-access-texts.ts';

const PAGE_SIZE = 50;

export function ActivityPage() {
  const { client } = useServices();
  const { texts, language } = useAccessTexts();
  const now = useNow();
  const query = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam, signal }) => client.audit.list({ limit: PAGE_SIZE, offset: pageParam, signal }),
    initialPageParam: 0,
    getNextPageParam: (last, pages) =>
      last.hasMore ? pages.reduce((sum, page) => sum + page.events.length, 0) : undefined,
    staleTime: 0,
  });
  const words = texts.activity;
  return (
    <Section title={words.title} lead={words.lead}>
      <QueryView query={query} loading={texts.loading}>
        {({ pages }) => {
          const events = pages.flatMap((page) => page.events);
          const days = byDay(events, now);
          const names = namesIn(events);
          const shown = days.reduce((sum, day) => sum + day.events.length, 0);
          const total = Math.max(shown, pages.at(-1)?.total ?? 0);
          return days.length === 0 ? (
            <EmptyState icon={History} title={words.emptyTitle}>
              {words.empty}
            </EmptyState>
          ) : (
            <div className="flex flex-col gap-6">
              {days.map(({ time, relation, events: ofDay }) => {
                const day = relation === undefined ? dayWords(time, language) : words[relation];
                return (
                  <section key={time} aria-label={words.list(day)} className="flex flex-col gap-2">
                    <h3 className="text-caption font-strong text-ink-soft">{day}</h3>
                    <ul className="divide-y divide-line rounded-card border border-line bg-surface">
                      {ofDay.map((event) => (
                        <ActivityRow key={event.id} event={event} name={names.get(event.target ?? '')} />
                      ))}
                    </ul>
                  </section>
                );
              })}
              <div className="flex items-center gap-4">
                {query.hasNextPage && (
                  <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    {texts.showMore}
                  </Button>
                )}
                <p className="text-caption text-ink-soft">
                  {words.count(numberWords(shown, language), numberWords(total, language))}
                </p>
              </div>
            </div>
          );
        }}
      </QueryView>
    </Section>
  );
}
