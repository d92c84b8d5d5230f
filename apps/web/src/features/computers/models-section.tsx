import type { BridgeStatus } from '@cloudtolocalllm/sdk';
import { useQuery } from '@tanstack/react-query';
import { Lock, TriangleAlert } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { CommandLine } from '../../components/command-line.tsx';
import { Notice } from '../../components/notice.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import { manageCommand } from '../../lib/bridge-commands.ts';
import { installedModels } from '../../lib/computer-queries.ts';
import { computerState } from '../../lib/computer-state.ts';
import { describeFailure, inWords } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { ModelItem } from './model-item.tsx';
import { PullSection } from './pull-section.tsx';

/** The models of a computer, and what can be done with them where its owner allows it. */
export function ModelsSection({ computer }: { computer: BridgeStatus }) {
  const texts = useTexts().computers;
  const isOnline = computerState(computer) === 'online';
  return (
    <section aria-label={texts.models} className="flex flex-col gap-4">
      <h2 className="text-title font-strong">{texts.models}</h2>
      {isOnline ? <InstalledModels computer={computer} /> : <KnownModels names={computer.client.models} />}
    </section>
  );
}

function InstalledModels({ computer }: { computer: BridgeStatus }) {
  const { client } = useServices();
  const texts = useTexts();
  const { computers } = texts;
  const { data, error, isPending, refetch } = useQuery(installedModels(client, computer));
  if (data === undefined && error !== null) {
    const { title, detail } = inWords(describeFailure(error), texts);
    return (
      <Notice icon={TriangleAlert} tone="bad" title={title} role="alert">
        {detail && <p className="text-ink-soft">{detail}</p>}
        <div>
          <Button onClick={() => void refetch()}>{texts.common.tryAgain}</Button>
        </div>
      </Notice>
    );
  }
  if (isPending) {
    return (
      <output className="flex items-center gap-3 text-ink-soft">
        <WaitingDots /> {computers.modelsLoading}
      </output>
    );
  }
  const { models, mayManage } = data;
  return (
    <>
      {models.length === 0 ? (
        <p className="text-ink-soft">{computers.modelsNone}</p>
      ) : (
        <ul className="flex flex-col divide-y divide-line rounded-card border border-line bg-surface">
          {models.map((model) => (
            <ModelItem key={model.name} computer={computer} model={model} mayManage={mayManage} />
          ))}
        </ul>
      )}
      {mayManage ? (
        <PullSection bridgeId={computer.bridgeId} />
      ) : (
        <Notice icon={Lock} tone="calm" title={computers.locked}>
          <p className="text-ink-soft">{computers.lockedLead}</p>
          <CommandLine command={manageCommand(computer)} />
        </Notice>
      )}
    </>
  );
}

/** What a computer had when it could last be asked. */
function KnownModels({ names }: { names: readonly string[] }) {
  const texts = useTexts().computers;
  if (names.length === 0) return <p className="text-ink-soft">{texts.noModels}</p>;
  return (
    <>
      <p className="text-ink-soft">{texts.modelsAway}</p>
      <ul className="flex flex-col divide-y divide-line rounded-card border border-line bg-surface">
        {names.map((name) => (
          <li key={name} className="px-4 py-3 font-mono text-ink-soft wrap-anywhere">
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}
