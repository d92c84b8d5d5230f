import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

const TONES = {
  warn: 'bg-warn-soft [&_svg:first-child]:text-warn',
  bad: 'bg-bad-soft [&_svg:first-child]:text-bad',
  calm: 'bg-sunken [&_svg:first-child]:text-ink-soft',
} as const;

export type NoticeProps = { icon: LucideIcon; tone: keyof typeof TONES; title: string; children?: ReactNode; role?: 'alert' | 'status' };

/** What is the matter, why, and the next step, in one box. */
export function Notice({ icon: Icon, tone, title, children, role }: NoticeProps) {
  return (
    <div role={role} className={`flex gap-3 rounded-card px-4 py-3 ${TONES[tone]}`}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" strokeWidth={2} />
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <p className="font-strong">{title}</p>
        {children}
      </div>
    </div>
  );
}
