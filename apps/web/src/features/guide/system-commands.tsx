import type { BridgePackage } from '@cloudtolocalllm/sdk';
import { CommandLine } from '../../components/command-line.tsx';
import { bridgeCommands, type System, wholePackages } from '../../lib/bridge-commands.ts';
import { sizeWords } from '../../lib/size-words.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type SystemCommandsProps = {
  system: System;
  /** What the relay hands out. */
  packages: readonly BridgePackage[];
  name: string;
};

/** What to type on a computer of this system, from nothing to connected. */
export function SystemCommands({ system, packages, name }: SystemCommandsProps) {
  const { guide: texts, language } = useTexts();
  const packageUrl = packages.find(({ kind }) => kind === 'npm')?.url;
  const { install, connect, service } = bridgeCommands({ system, origin: window.location.origin, name, packageUrl });
  const whole = wholePackages(packages, system);
  return (
    <>
      <Step lead={packageUrl === undefined ? texts.installCopy : texts.install[system]} command={install} />
      {whole.length > 0 && (
        <p className="text-caption text-ink-soft">
          {texts.withoutNode}{' '}
          {whole.map(({ url, name: file, size }) => (
            <span key={file}>
              <a href={url} download className="text-ink underline underline-offset-2">
                {file}
              </a>{' '}
              ({sizeWords(size, language)}){' '}
            </span>
          ))}
        </p>
      )}
      {connect.map((command, index) => (
        <Step key={command} lead={index === 0 ? texts.connect : texts.connectSecond} command={command} />
      ))}
      {system === 'windows' && <p className="text-caption text-ink-soft">{texts.windowsHint}</p>}
      {service !== undefined && <Step lead={texts.service} command={service} />}
    </>
  );
}

function Step({ lead, command }: { lead: string; command: string }) {
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-ink-soft">{lead}</p>
      <CommandLine command={command} />
    </div>
  );
}
