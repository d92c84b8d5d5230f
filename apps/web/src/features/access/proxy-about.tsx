import type { ProxyStatus } from '@cloudtolocalllm/sdk';
import { CopyButton } from '../../components/copy-button.tsx';
import { Facts } from '../../components/facts.tsx';
import { Section } from '../../components/section.tsx';
import { bytesWords, durationWords, fromNowWords, momentWords, numberWords } from '../../lib/amounts.ts';
import { bytesOf } from '../../lib/proxy-history.ts';
import { useNow } from '../../lib/use-now.ts';
import { useAccessTexts } from './use-access-texts.ts';
import { useComputerName } from './use-computer-name.ts';

const MINUTE_MS = 60_000;

/** Where it is, how long it has been there, and what it is doing now. */
export function ProxyAbout({ proxy }: { proxy: ProxyStatus }) {
  const { texts, language } = useAccessTexts();
  const now = useNow();
  const computerName = useComputerName();
  const words = texts.proxies;
  const { endpoint, bridgeId, created, expires, ended, metrics } = proxy;
  const livedMs = (ended === undefined ? now : Date.parse(ended)) - Date.parse(created);
  const lived =
    ended === undefined && livedMs < MINUTE_MS ? words.underMinute : durationWords(livedMs / 1000, language);
  const isRunning = ended === undefined;
  return (
    <Section title={words.about}>
      <div className="flex min-h-12 items-center gap-2 rounded-card border border-line bg-surface ps-4 pe-2">
        <span className="min-w-0 flex-1 py-2">
          <span className="block text-caption text-ink-soft">{words.endpoint}</span>
          <code dir="ltr" className="block font-mono text-ui wrap-anywhere">
            {endpoint}
          </code>
        </span>
        <CopyButton text={endpoint} label={words.copyEndpoint} />
      </div>
      <Facts
        facts={[
          { label: words.computer, value: computerName(bridgeId) },
          { label: words.created, value: momentWords(Date.parse(created), language) },
          { label: isRunning ? words.uptime : words.lived, value: lived },
          isRunning
            ? {
                label: words.endsLabel,
                value: fromNowWords(Date.parse(expires), now, language),
                title: momentWords(Date.parse(expires), language),
              }
            : { label: words.endedAt, value: momentWords(Date.parse(ended), language) },
          { label: words.tokens, value: numberWords(metrics.tokens, language) },
          ...(isRunning ? [{ label: words.runningNow, value: numberWords(metrics.running, language) }] : []),
        ]}
      />
    </Section>
  );
}

/** What it may do and use, and what really holds it to that. */
export function ProxyLimits({ proxy: { config, enforcement } }: { proxy: ProxyStatus }) {
  const { texts, language } = useAccessTexts();
  const words = texts.proxies;
  const seconds = (value: number | undefined): string =>
    value === undefined ? words.any : durationWords(value, language);
  const count = (value: number | undefined): string => (value === undefined ? words.any : numberWords(value, language));
  const list = (value: readonly string[] | undefined): string =>
    value === undefined ? words.all : new Intl.ListFormat(language, { type: 'unit' }).format(value);
  return (
    <Section title={words.limitsTitle}>
      <Facts
        facts={[
          { label: words.lifetime, value: seconds(config.lifetime) },
          { label: words.timeout, value: seconds(config.timeout) },
          { label: words.maxRequests, value: count(config.maxRequests) },
          { label: words.maxConcurrent, value: count(config.maxConcurrent) },
          { label: words.maxTokens, value: count(config.maxTokens) },
          { label: words.models, value: list(config.models) },
          { label: words.paths, value: list(config.paths) },
          {
            label: words.memory,
            value: config.maxMemory === undefined ? words.any : bytesWords(bytesOf(config.maxMemory), language),
            note: words.enforcement[enforcement.memory],
          },
          {
            label: words.cpu,
            value: config.maxCpu === undefined ? words.any : words.cores(numberWords(Number(config.maxCpu), language)),
            note: words.enforcement[enforcement.cpu],
          },
        ]}
      />
    </Section>
  );
}
