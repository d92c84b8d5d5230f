import { useQuery } from '@tanstack/react-query';
import { Button } from '../../components/button.tsx';
import { useServices } from '../../lib/services.ts';
import { Setting, SettingsSection } from './setting.tsx';
import { useWords } from './use-words.ts';

const LINK =
  'inline-flex min-h-11 items-center underline decoration-line-strong underline-offset-4 hover:decoration-ink';

/** Who is signed in, and what this is. */
export function AboutSettings() {
  const { client, session } = useServices();
  const words = useWords();
  const { data: me } = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => client.account.me({ signal }) });
  const name = me === undefined ? undefined : words.signedInAs(me.name ?? me.userId);
  return (
    <>
      <SettingsSection title={words.account}>
        <Setting label={words.signOut} hint={[name, words.signOutHint].filter(Boolean).join(' ')}>
          <Button onClick={() => void session.signOut()}>{words.signOut}</Button>
        </Setting>
      </SettingsSection>
      <SettingsSection title={words.about}>
        <Setting label={words.version}>
          <span className="tabular-nums">{import.meta.env.VITE_APP_VERSION}</span>
        </Setting>
        <div className="flex flex-wrap gap-x-6 py-1">
          <a href="/api/docs" target="_blank" rel="noreferrer" className={LINK}>
            {words.apiDocs}
          </a>
          <a href="/licence.txt" target="_blank" rel="noreferrer" className={LINK}>
            {words.licence}
          </a>
        </div>
      </SettingsSection>
    </>
  );
}
