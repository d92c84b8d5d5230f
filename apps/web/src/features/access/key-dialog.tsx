import type { ApiKey } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { apiSnippets, gatewayAddresses } from '../../lib/snippets.ts';
import { KeyForm } from './key-form.tsx';
import { MakeDialog } from './make-dialog.tsx';
import { ProgramSnippets, Snippets } from './program-snippets.tsx';
import { SecretOnce } from './secret-once.tsx';
import { useAccessTexts } from './use-access-texts.ts';
import { useOwnModel } from './use-own-model.ts';

/** As the relay answers; the secret is kept nowhere else. */
export type NewKey = { key: ApiKey; secret: string };

export type KeyDialogProps = { isOpen: boolean; onClose: () => void; onMade: () => void };

export function KeyDialog({ isOpen, onClose, onMade }: KeyDialogProps) {
  const { texts } = useAccessTexts();
  return (
    <MakeDialog<NewKey>
      isOpen={isOpen}
      onClose={onClose}
      label={texts.keys.form.title}
      renderForm={({ onMade: show, ...form }) => (
        <KeyForm
          {...form}
          onMade={(made) => {
            show(made);
            onMade();
          }}
        />
      )}
      renderResult={(made, onDone, isLeaving) => <KeyMade made={made} onDone={onDone} isLeaving={isLeaving} />}
    />
  );
}

function KeyMade({ made, onDone, isLeaving }: { made: NewKey; onDone: () => void; isLeaving: boolean }) {
  const { texts } = useAccessTexts();
  const { key, secret } = made;
  const ownModel = useOwnModel(key.bridges?.[0]);
  const { origin } = window.location;
  return (
    <SecretOnce
      title={texts.keys.madeTitle}
      lead={texts.keys.made}
      label={texts.keys.secret}
      secret={secret}
      leaveWords={texts.keys.leave}
      isLeaving={isLeaving}
      actions={<Button onClick={onDone}>{texts.done}</Button>}
    >
      {key.scopes.includes('inference') ? (
        <ProgramSnippets source={{ addresses: gatewayAddresses(origin), secret, model: key.models?.[0] ?? ownModel }} />
      ) : (
        <div className="flex min-w-0 flex-col gap-4">
          <p className="text-ink-soft">{texts.snippets.noModels}</p>
          <Snippets list={apiSnippets(key.scopes, origin, secret)} />
        </div>
      )}
    </SecretOnce>
  );
}
