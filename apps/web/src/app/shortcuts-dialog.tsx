import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { SHORTCUTS, shownKeys, type Command } from '../lib/shortcuts.ts';
import { useTexts } from '../lib/use-texts.ts';

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const texts = useTexts();
  const commands = Object.keys(SHORTCUTS) as Command[]; // as: Object.keys forgets them
  return (
    <Dialog isOpen onClose={onClose} label={texts.shell.shortcuts} place="sheet">
      <div className="flex flex-col gap-6">
        <h2 className="text-title font-strong">{texts.shell.shortcuts}</h2>
        <dl className="grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-2">
          {commands.map((command) => (
            <div key={command} className="contents">
              <dt>{texts.shell.commands[command]}</dt>
              <dd className="flex justify-end">
                <Keys command={command} />
              </dd>
            </div>
          ))}
        </dl>
        <Button onClick={onClose}>{texts.common.close}</Button>
      </div>
    </Dialog>
  );
}

export function Keys({ command }: { command: Command }) {
  return (
    <span className="flex gap-1">
      {shownKeys(command, navigator.platform).map((key) => (
        <kbd key={key} className="rounded-row border border-line bg-sunken px-1.5 py-0.5 font-mono text-caption">
          {key}
        </kbd>
      ))}
    </span>
  );
}
