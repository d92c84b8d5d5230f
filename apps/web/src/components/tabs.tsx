import { Tabs as BaseTabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

export type Tab = { id: string; label: string; content: ReactNode };
export type TabsProps = { label: string; tabs: readonly Tab[]; value?: string; onChange?: (id: string) => void };

/** One of several things in the same place. Arrow keys move between them; on a narrow screen the row scrolls. */
export function Tabs({ label, tabs, value, onChange }: TabsProps) {
  return (
    <BaseTabs.Root
      defaultValue={value === undefined ? tabs[0]?.id : undefined}
      value={value}
      onValueChange={(next) => onChange?.(String(next))}
      className="flex min-w-0 flex-col gap-4"
    >
      <BaseTabs.List
        activateOnFocus
        aria-label={label}
        className="flex gap-6 overflow-x-auto border-b border-line [scrollbar-width:none]"
      >
        {tabs.map(({ id, label: tabLabel }) => (
          <BaseTabs.Tab
            key={id}
            value={id}
            className="-mb-px min-h-11 shrink-0 border-b-2 border-transparent whitespace-nowrap text-ink-soft transition-colors duration-150 -outline-offset-2! hover:text-ink data-active:border-ink data-active:text-ink"
          >
            {tabLabel}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {tabs.map(({ id, content }) => (
        <BaseTabs.Panel key={id} value={id} className="flex min-w-0 flex-col gap-4 rounded-row">
          {content}
        </BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  );
}
