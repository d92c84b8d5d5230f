import { ArrowLeft } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { Link } from './link.tsx';
import { MenuButton } from './menu-button.tsx';

export type PageProps = {
  title: string;
  /** What the browser's tab says, where pages share a title. */
  tabTitle?: string;
  /** What the page is for, in a sentence. */
  lead?: string;
  /** The page above this one. */
  back?: { to: string; label: string };
  /** At the end of the header. */
  actions?: ReactNode;
  children: ReactNode;
};

/** A page that is not a conversation: its header, and a column that scrolls. */
export function Page({ title, tabTitle = title, lead, back, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${tabTitle} · CloudToLocalLLM`;
  }, [tabTitle]);
  return (
    <main className="flex min-w-0 flex-1 flex-col">
      <header className="flex min-h-14 shrink-0 items-center gap-1 px-2 pt-[env(safe-area-inset-top)] lg:hidden">
        <MenuButton />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="pad-page mx-auto flex w-full max-w-page flex-col gap-8 pt-2 pb-[max(3rem,env(safe-area-inset-bottom))] lg:pt-10">
          <div className="flex flex-wrap items-start justify-between gap-4">
            <div className="flex min-w-0 flex-1 basis-64 flex-col gap-1">
              {back && (
                <Link
                  to={back.to}
                  className="-ms-2 inline-flex min-h-11 w-fit items-center gap-1.5 rounded-row px-2 text-ink-soft transition-colors duration-150 hover:text-ink"
                >
                  <ArrowLeft aria-hidden className="size-4 rtl:-scale-x-100" strokeWidth={1.75} />
                  {back.label}
                </Link>
              )}
              <h1 dir="auto" className="text-display font-strong tracking-tight wrap-anywhere">
                {title}
              </h1>
              {lead !== undefined && <p className="max-w-measure text-body text-pretty text-ink-soft">{lead}</p>}
            </div>
            {actions}
          </div>
          {children}
        </div>
      </div>
    </main>
  );
}
