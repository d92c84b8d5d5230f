import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

export type EmptyStateProps = { icon: LucideIcon; title: string; children: ReactNode; action?: ReactNode };

/** Nothing here yet: what would be, and the way to begin. */
export function EmptyState({ icon: Icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-4 rounded-card border border-dashed border-line-strong px-6 py-10 text-center">
      <Icon aria-hidden className="size-6 text-ink-soft" strokeWidth={1.5} />
      <div className="flex max-w-md flex-col gap-1">
        <p className="text-body font-strong">{title}</p>
        <p className="text-ink-soft">{children}</p>
      </div>
      {action}
    </div>
  );
}
