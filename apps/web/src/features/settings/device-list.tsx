import type { PushState } from '@cloudtolocalllm/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { IconButton } from '../../components/icon-button.tsx';
import { deviceName } from '../../lib/device-name.ts';
import { describeFailure, inWords } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { usePushDevice } from './use-push-device.ts';
import { useWords } from './use-words.ts';

/** The browsers that show notifications; each can be taken out from here. */
export function DeviceList({ subscriptions }: Pick<PushState, 'subscriptions'>) {
  const { client, toasts } = useServices();
  const push = usePushDevice();
  const queries = useQueryClient();
  const texts = useTexts();
  const words = useWords();
  async function remove(id: string): Promise<void> {
    try {
      await (id === push.id() ? push.disable() : client.push.unsubscribe(id));
    } catch (error) {
      toasts.show({ text: inWords(describeFailure(error), texts).title });
    }
    await queries.invalidateQueries({ queryKey: ['push'] });
  }
  const date = new Intl.DateTimeFormat(texts.language, { dateStyle: 'medium' });
  return (
    <div className="flex flex-col gap-1 py-4">
      <h3 className="font-strong">{words.devices}</h3>
      {subscriptions.length === 0 && <p className="text-ink-soft">{words.devicesEmpty}</p>}
      <ul className="flex flex-col">
        {subscriptions.map(({ id, name, userAgent, created }) => {
          const shown = name ?? deviceName(userAgent) ?? words.deviceUnknown;
          return (
            <li key={id} className="flex min-h-11 items-center gap-2">
              <span className="min-w-0 flex-1 wrap-anywhere">
                {shown}
                <span className="text-ink-soft">
                  {id === push.id() && `, ${words.deviceThis}`}, {words.deviceSince(date.format(new Date(created)))}
                </span>
              </span>
              <IconButton icon={X} label={words.removeDevice(shown)} size="small" onClick={() => void remove(id)} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}
