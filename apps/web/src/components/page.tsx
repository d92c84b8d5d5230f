import { useEffect, type ReactNode } from 'react';
import { MenuButton } from './menu-button.tsx';

export type PageProps = {
  title: string;
  /** What the page is for, in a sentence. */
  lead?: string;
  /** At the end of the header. */
  actions?: ReactNode;
  children: ReactNode;
};

/** A page that is not a conversation: its header, and a column that scrolls. */
export function Page({ title, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · CloudToLocalLLM`;
  }, [title]);
  return (
    <main className="flex min-w-0 flex-1 flex-col">
      <header className="flex min-h-14 shrink-0 items-center gap-1 px-2 pt-[env(safe-area-inset-top)] lg:hidden">
        <MenuButton />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="pad-page mx-auto flex w-full max-w-page flex-col gap-8 pt-2 pb-[max(3rem,env(safe-area-inset-bottom))] lg:pt-10">
          <div className="flex flex-wrap items-start justify-between gap-4">
            <div className="flex min-w-0 flex-col gap-1">
              <h1 className="text-display font-strong tracking-tight wrap-anywhere">{title}</h1>
              {lead !== undefined && <p className="max-w-measure text-body text-ink-soft">{lead}</p>}
            </div>
            {actions}
          </div>
          {children}
        </div>
      </div>
    </main>
  );
}
