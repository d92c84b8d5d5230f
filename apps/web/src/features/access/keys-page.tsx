import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import type { ApiKey } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Section } from '../../components/section.tsx';
import { useServices } from '../../lib/services.ts';
import { gatewayAddresses, KEY_PLACEHOLDER } from '../../lib/snippets.ts';
import { KeyDialog } from './key-dialog.tsx';
import { KeyRow } from './key-row.tsx';
import { ProgramSnippets } from './program-snippets.tsx';
import { useAccessTexts } from './use-access-texts.ts';
import { useOwnModel } from './use-own-model.ts';

/** When a key was used last is told by nobody: it is asked for while the list is looked at. */
const REFRESH_MS = 30_000;

export function KeysPage() {
  const { client, queries, toasts } = useServices();
  const { texts } = useAccessTexts();
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  const [isAsking, setAsking] = useState(false);
  const model = useOwnModel();
  const query = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => client.keys.list({ signal }),
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['keys'] });
  const revoke = async (key: ApiKey): Promise<void> => {
    await client.keys.revoke(key.id);
    queries.setQueryData<ApiKey[]>(['keys'], (keys) => keys?.filter(({ id }) => id !== key.id));
    toasts.show({ text: texts.keys.revoked(key.name) });
  };
  const create = (
    <Button look="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden className="size-4" />
      {texts.keys.create}
    </Button>
  );
  const hasKeys = (query.data?.length ?? 0) > 0;
  return (
    <>
      <Section title={texts.keys.title} lead={texts.keys.lead} action={hasKeys ? create : undefined}>
        <QueryView query={query} loading={texts.loading}>
          {(keys) =>
            keys.length === 0 ? (
              <EmptyState icon={KeyRound} title={texts.keys.emptyTitle} action={create}>
                {texts.keys.empty}
              </EmptyState>
            ) : (
              <ul
                aria-label={texts.keys.list}
                className="divide-y divide-line rounded-card border border-line bg-surface"
              >
                {keys.toReversed().map((key) => (
                  <KeyRow
                    key={key.id}
                    apiKey={key}
                    onRevoke={() => {
                      setRevoking(key);
                      setAsking(true);
                    }}
                  />
                ))}
              </ul>
            )
          }
        </QueryView>
      </Section>
      <Section title={texts.snippets.title} lead={texts.snippets.leadKey(KEY_PLACEHOLDER)}>
        <ProgramSnippets
          source={{ addresses: gatewayAddresses(window.location.origin), secret: KEY_PLACEHOLDER, model }}
        />
      </Section>
      <KeyDialog isOpen={isMaking} onClose={() => setMaking(false)} onMade={refresh} />
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={texts.keys.revokeTitle(revoking?.name ?? '')}
        action={texts.keys.revoke}
        onConfirm={async () => revoking && (await revoke(revoking))}
      >
        {texts.keys.revokeText}
      </ConfirmDialog>
    </>
  );
}
