import { useQuery } from '@tanstack/react-query';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { DeviceList } from './device-list.tsx';
import { SettingsSection } from './setting.tsx';
import { ThisDevice } from './this-device.tsx';
import { Toggle } from './toggle.tsx';
import { useWords } from './use-words.ts';

/** What is told when nobody looks, and where. */
export function NotificationSettings() {
  const { settings, client } = useServices();
  const words = useWords();
  const { notifications } = useStore(settings);
  const push = useQuery({ queryKey: ['push'], queryFn: ({ signal }) => client.push.get({ signal }) });
  const change = (part: Partial<typeof notifications>): void =>
    void settings.change({ notifications: { ...notifications, ...part } });
  return (
    <SettingsSection title={words.notifications}>
      <Toggle
        label={words.answers}
        hint={words.answersHint}
        isOn={notifications.answers}
        onChange={(answers) => change({ answers })}
      />
      <Toggle
        label={words.computers}
        hint={words.computersHint}
        isOn={notifications.computers}
        onChange={(computers) => change({ computers })}
      />
      <ThisDevice publicKey={push.data?.publicKey} failure={push.error} onRetry={() => void push.refetch()} />
      {push.data && <DeviceList subscriptions={push.data.subscriptions} />}
    </SettingsSection>
  );
}
