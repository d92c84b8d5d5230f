import type { NewProxy } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { useServices } from '../../lib/services.ts';
import { MakeDialog } from './make-dialog.tsx';
import { ProgramSnippets } from './program-snippets.tsx';
import { ProxyForm } from './proxy-form.tsx';
import { SecretOnce } from './secret-once.tsx';
import { useAccessTexts } from './use-access-texts.ts';
import { useOwnModel } from './use-own-model.ts';

/** As the relay answers, and what was asked for. */
export type MadeProxy = NewProxy & { bridgeId: string; models: readonly string[] };

export function ProxyDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { texts } = useAccessTexts();
  return (
    <MakeDialog<MadeProxy>
      isOpen={isOpen}
      onClose={onClose}
      label={texts.proxies.form.title}
      renderForm={(form) => <ProxyForm {...form} />}
      renderResult={(made, onDone, isLeaving) => <ProxyMade made={made} onDone={onDone} isLeaving={isLeaving} />}
    />
  );
}

function ProxyMade({ made, onDone, isLeaving }: { made: MadeProxy; onDone: () => void; isLeaving: boolean }) {
  const { router } = useServices();
  const { texts } = useAccessTexts();
  const ownModel = useOwnModel(made.bridgeId);
  const { token } = made.credentials;
  const words = texts.proxies;
  return (
    <SecretOnce
      title={words.madeTitle}
      lead={words.made}
      label={words.token}
      secret={token}
      leaveWords={words.leave}
      isLeaving={isLeaving}
      actions={
        <>
          <Button onClick={onDone}>{texts.done}</Button>
          <Button
            onClick={() => {
              onDone();
              router.navigate(`/access/proxies/${made.proxyId}`);
            }}
          >
            {words.open}
          </Button>
        </>
      }
    >
      <ProgramSnippets source={{ addresses: made, secret: token, model: made.models[0] ?? ownModel }} />
    </SecretOnce>
  );
}
