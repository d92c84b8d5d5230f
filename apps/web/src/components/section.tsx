import type { ReactNode } from 'react';

export type SectionProps = { title: string; lead?: string; action?: ReactNode; children: ReactNode };

/** One part of a page: its heading, what it is for, and what can be done. */
export function Section({ title, lead, action, children }: SectionProps) {
  return (
    <section aria-label={title} className="flex min-w-0 flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 flex-1 basis-72 flex-col gap-1">
          <h2 className="text-title font-strong">{title}</h2>
          {lead !== undefined && <p className="max-w-measure text-pretty text-ink-soft">{lead}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
