import { Page } from '../../components/page.tsx';
import { AboutSettings } from './about-settings.tsx';
import { AppearanceSettings } from './appearance-settings.tsx';
import { ChatSettings } from './chat-settings.tsx';
import { NotificationSettings } from './notification-settings.tsx';
import { PersonalData } from './personal-data.tsx';
import { useWords } from './use-words.ts';

/** What a person chose. Everything is saved as it is changed: there is no button for it. */
export function SettingsPage() {
  const { title, lead } = useWords();
  return (
    <Page title={title} lead={lead}>
      <AppearanceSettings />
      <ChatSettings />
      <NotificationSettings />
      <PersonalData />
      <AboutSettings />
    </Page>
  );
}
