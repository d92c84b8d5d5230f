import { Tabs } from '@base-ui/react/tabs';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CommandLine } from '../../components/command-line.tsx';
import { TextField } from '../../components/text-field.tsx';
import { SYSTEMS, systemOf, tunnelCommand } from '../../lib/bridge-commands.ts';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { authConfigQuery } from './auth-config-query.ts';
import { downloadsQuery } from './downloads-query.ts';
import { SystemCommands } from './system-commands.tsx';

/** As many characters as the relay takes. */
const MAX_NAME = 64;

/** What to type on the computer, for its system. */
export function RunStep() {
  const { client } = useServices();
  const texts = useTexts().guide;
  const { data: auth } = useQuery(authConfigQuery(client));
  const { data: packages, isPending } = useQuery(downloadsQuery(client));
  const [system, setSystem] = useState(() => systemOf(navigator.platform));
  const [name, setName] = useState('');
  return (
    <>
      <p className="text-ink-soft">{texts.runLead}</p>
      <Tabs.Root value={system} onValueChange={setSystem} className="flex flex-col gap-3">
        <Tabs.List aria-label={texts.systemsLabel} className="flex gap-1 rounded-card bg-sunken p-1 sm:self-start">
          {SYSTEMS.map((one) => (
            <Tabs.Tab
              key={one}
              value={one}
              className="min-h-11 flex-1 rounded-row px-2 text-ink-soft transition-colors duration-150 hover:text-ink data-active:bg-surface data-active:font-strong data-active:text-ink data-active:shadow-float sm:min-h-9 sm:px-4"
            >
              {texts.systems[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {SYSTEMS.map((one) => (
          <Tabs.Panel key={one} value={one} className="flex flex-col gap-3">
            {!isPending && <SystemCommands system={one} packages={packages ?? []} name={name} />}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
      <TextField
        label={texts.name}
        placeholder={texts.namePlaceholder}
        maxLength={MAX_NAME}
        autoComplete="off"
        dir="auto"
        value={name}
        onChange={(event) => setName(event.target.value)}
        className="max-w-sm"
      />
      <details className="rounded-card border border-line bg-surface">
        <summary className="min-h-11 rounded-card px-4 py-3 font-strong">{texts.needsTitle}</summary>
        <div className="flex flex-col gap-3 px-4 pb-4 text-ink-soft">
          <p>{texts.engineNeeds}</p>
          {auth?.embedded && (
            <>
              <p>{texts.tunnel}</p>
              <CommandLine command={tunnelCommand(window.location.origin)} />
            </>
          )}
        </div>
      </details>
    </>
  );
}
