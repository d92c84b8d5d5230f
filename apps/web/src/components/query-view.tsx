import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { describeFailure, inWords } from '../lib/failure.ts';
import { useTexts } from '../lib/use-texts.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';
import { WaitingDots } from './waiting-dots.tsx';

export type QueryViewProps<Data> = {
  query: { data: Data | undefined; error: unknown; isFetching: boolean; refetch: () => unknown };
  /** What is said while it comes. */
  loading: string;
  children: (data: Data) => ReactNode;
};

/** What the relay was asked for: while it comes, when it doesn't, and when it is there. What was there stays. */
export function QueryView<Data>({ query, loading, children }: QueryViewProps<Data>) {
  const texts = useTexts();
  const { data, error, isFetching, refetch } = query;
  const failure = error === null || error === undefined ? undefined : inWords(describeFailure(error), texts);
  return (
    <>
      {failure && (
        <Notice icon={CircleAlert} tone="bad" title={failure.title} role="alert">
          {failure.detail !== undefined && <p className="wrap-anywhere">{failure.detail}</p>}
          <Button className="self-start" disabled={isFetching} onClick={() => void refetch()}>
            {texts.common.tryAgain}
          </Button>
        </Notice>
      )}
      {data === undefined
        ? failure === undefined && (
            <output className="flex min-h-24 items-center gap-3 text-ink-soft">
              <WaitingDots />
              {loading}
            </output>
          )
        : children(data)}
    </>
  );
}
