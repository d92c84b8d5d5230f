import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '../components/dialog.tsx';
import { useTexts } from '../lib/use-texts.ts';
import { Keys } from './shortcuts-dialog.tsx';
import { useCommands, type PaletteEntry } from './use-commands.ts';

export type CommandPaletteProps = { onClose: () => void; onHelp: () => void };

/** Everything by its name: pages, conversations, models. Arrows move, Enter does it. */
export function CommandPalette({ onClose, onHelp }: CommandPaletteProps) {
  const texts = useTexts();
  const entries = useCommands(onHelp);
  return (
    <Dialog isOpen onClose={onClose} label={texts.shell.commands.palette} place="palette">
      <Autocomplete.Root
        open
        inline
        items={entries}
        autoHighlight="always"
        keepHighlight
        itemToStringValue={({ label }: PaletteEntry) => label}
      >
        <Autocomplete.Input
          aria-label={texts.shell.paletteHint}
          placeholder={texts.shell.paletteHint}
          className="min-h-13 w-full border-b border-line bg-transparent px-4 text-body caret-accent outline-none placeholder:text-ink-soft"
        />
        <Autocomplete.Empty>
          <p className="p-4 text-ink-soft empty:hidden">{texts.shell.paletteEmpty}</p>
        </Autocomplete.Empty>
        <Autocomplete.List className="max-h-[min(24rem,60dvh)] overflow-y-auto overscroll-contain p-1 data-empty:hidden">
          {(entry: PaletteEntry) => (
            <Autocomplete.Item
              key={entry.id}
              value={entry}
              onClick={() => {
                onClose();
                entry.run();
              }}
              className="flex min-h-11 cursor-pointer items-center gap-3 rounded-row px-3 outline-none select-none data-highlighted:bg-hover"
            >
              <entry.icon aria-hidden className="size-4.5 shrink-0 text-ink-soft" strokeWidth={1.75} />
              <span className="min-w-0 flex-1 truncate">{entry.label}</span>
              {entry.hint !== undefined && <span className="truncate text-caption text-ink-soft">{entry.hint}</span>}
              {entry.command && <Keys command={entry.command} />}
            </Autocomplete.Item>
          )}
        </Autocomplete.List>
      </Autocomplete.Root>
    </Dialog>
  );
}
