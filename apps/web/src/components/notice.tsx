import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

const TONES = {
  warn: { box: 'bg-warn-soft', icon: 'text-warn' },
  bad: { box: 'bg-bad-soft', icon: 'text-bad' },
  calm: { box: 'bg-sunken', icon: 'text-ink-soft' },
} as const;

export type NoticeProps = {
  icon: LucideIcon;
  tone: keyof typeof TONES;
  title: string;
  children?: ReactNode;
  role?: 'alert';
};

/** What is the matter, why, and the next step, in one box. */
export function Notice({ icon: Icon, tone, title, children, role }: NoticeProps) {
  return (
    <div role={role} className={`flex gap-3 rounded-card px-4 py-3 ${TONES[tone].box}`}>
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${TONES[tone].icon}`} strokeWidth={2} />
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <p className="font-strong">{title}</p>
        {children}
      </div>
    </div>
  );
}
