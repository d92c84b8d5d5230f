export type Fact = { label: string; value: string; note?: string; title?: string };

/** Names and values, two or three beside each other where there is room. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3">
      {facts.map(({ label, value, note, title }) => (
        <div key={label} className="min-w-0">
          <dt className="text-caption text-ink-soft">{label}</dt>
          <dd dir="auto" title={title} className="wrap-anywhere tabular-nums">
            {value}
            {note !== undefined && <span className="block text-caption text-ink-soft">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
