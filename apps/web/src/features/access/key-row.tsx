import type { ApiKey } from '@cloudtolocalllm/sdk';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { agoWords, dayWords, fromNowWords, momentWords } from '../../lib/amounts.ts';
import { useNow } from '../../lib/use-now.ts';
import { useAccessTexts } from './use-access-texts.ts';
import { useComputerName } from './use-computer-name.ts';

/** A key that ends within a week says so in the colour of warnings too. */
const SOON_MS = 7 * 86_400_000;

export function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { texts, language } = useAccessTexts();
  const now = useNow();
  const { keys: words } = texts;
  const { name, hint, scopes, created, lastUsed, expires } = apiKey;
  const ends = expires === null ? undefined : Date.parse(expires);
  const isOver = ends !== undefined && ends <= now;
  const isSoon = ends !== undefined && ends - now < SOON_MS;
  return (
    <li aria-label={name} className="flex flex-col gap-3 px-4 py-4 sm:flex-row sm:items-start sm:gap-6">
      <div className="flex min-w-0 flex-1 flex-col gap-3">
        <div className="flex min-w-0 flex-col gap-0.5">
          <p className="flex min-w-0 flex-wrap items-baseline gap-x-3">
            <span dir="auto" className="text-body font-strong wrap-anywhere">
              {name}
            </span>
            <code dir="ltr" className="font-mono text-caption text-ink-soft">
              {hint}…
            </code>
          </p>
          <p className="text-ink-soft">{scopes.map((scope) => words.scopes[scope].name).join(texts.dot)}</p>
          <Narrowed apiKey={apiKey} />
        </div>
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-caption sm:grid-cols-3">
          <Fact label={words.created}>{dayWords(Date.parse(created), language)}</Fact>
          <Fact label={words.lastUsed}>
            {lastUsed === null ? words.notUsed : agoWords(Date.parse(lastUsed), now, language)}
          </Fact>
          <Fact label={words.expires} isWarning={isSoon}>
            {ends === undefined ? (
              words.never
            ) : (
              <time dateTime={expires ?? undefined} title={momentWords(ends, language)}>
                {isOver ? words.expired(agoWords(ends, now, language)) : fromNowWords(ends, now, language)}
              </time>
            )}
          </Fact>
        </dl>
      </div>
      <Button aria-label={words.revokeOne(name)} onClick={onRevoke} className="max-sm:self-start">
        {words.revoke}
      </Button>
    </li>
  );
}

function Fact({ label, isWarning = false, children }: { label: string; isWarning?: boolean; children: ReactNode }) {
  return (
    <div className="max-sm:contents">
      <dt className="text-ink-soft">{label}</dt>
      <dd className={isWarning ? 'text-warn' : ''}>{children}</dd>
    </div>
  );
}

/** The only computers and models that it may use, if it is narrowed to some. */
function Narrowed({ apiKey: { bridges, models } }: { apiKey: ApiKey }) {
  const { texts, language } = useAccessTexts();
  const computerName = useComputerName();
  const all = (names: readonly string[]): string => new Intl.ListFormat(language).format(names);
  const parts = [
    bridges === undefined ? [] : [texts.keys.onlyComputers(all(bridges.map((id) => computerName(id))))],
    models === undefined ? [] : [texts.keys.onlyModels(all(models))],
  ].flat();
  return parts.length === 0 ? null : (
    <p dir="auto" className="text-ink-soft wrap-anywhere">
      {parts.join(texts.dot)}
    </p>
  );
}
