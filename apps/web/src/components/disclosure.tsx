import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';

/** What most people don't need, folded away; it opens by itself when something in it needs them. */
export function Disclosure({
  label,
  isForcedOpen = false,
  children,
}: {
  label: string;
  isForcedOpen?: boolean;
  children: ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      open={isOpen || isForcedOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="group min-w-0"
    >
      <summary className="-ms-2 flex min-h-11 w-fit list-none items-center gap-1.5 rounded-row px-2 font-strong transition-colors duration-150 hover:bg-hover [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-4 text-ink-soft transition-transform duration-150 group-open:rotate-90 rtl:-scale-x-100"
          strokeWidth={1.75}
        />
        {label}
      </summary>
      <div className="pt-3">{children}</div>
    </details>
  );
}
