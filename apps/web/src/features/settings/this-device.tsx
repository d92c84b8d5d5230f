import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { ApiError } from '@cloudtolocalllm/sdk';
import { describeFailure, inWords } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { Setting } from './setting.tsx';
import { usePushDevice } from './use-push-device.ts';
import { useWords } from './use-words.ts';

export type ThisDeviceProps = {
  /** Of the relay; undefined until it has answered. */
  publicKey: string | undefined;
  failure: Error | null;
  onRetry: () => void;
};

/** Whether this browser shows notifications, why not, and the way to change it. */
export function ThisDevice({ publicKey, failure, onRetry }: ThisDeviceProps) {
  const { client, settings } = useServices();
  const push = usePushDevice();
  const queries = useQueryClient();
  const texts = useTexts();
  const all = useWords();
  const words = all.push;
  const { notifications } = useStore(settings);
  const { data: state = 'loading' } = useQuery({ queryKey: ['push', 'device'], queryFn: () => push.state() });
  const [said, setSaid] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  async function act(action: () => Promise<string | undefined>): Promise<void> {
    setBusy(true);
    setSaid(undefined);
    try {
      setSaid(await action());
    } catch (error) {
      // What is not the relay's is the browser's push service.
      setSaid(error instanceof ApiError ? inWords(describeFailure(error), texts).title : words.failed);
    } finally {
      setBusy(false);
      await queries.invalidateQueries({ queryKey: ['push'] });
    }
  }
  const enable = (): Promise<void> =>
    act(async () => {
      const permission = await push.enable(publicKey ?? '');
      if (permission !== 'granted') return permission === 'default' ? words.dismissed : undefined;
      const isNothingOn = !notifications.answers && !notifications.computers;
      if (isNothingOn) await settings.change({ notifications: { ...notifications, answers: true } });
      return undefined;
    });
  const disable = (): Promise<void> =>
    act(async () => {
      await push.disable();
      return undefined;
    });
  const test = (): Promise<void> =>
    act(async () => {
      const results = await client.push.test();
      const mine = results.find(({ id }) => id === push.id());
      return mine?.outcome === 'sent' ? words.testSent : words.testFailed;
    });

  const problem = failure === null ? undefined : inWords(describeFailure(failure), texts).title;
  return (
    <Setting label={all.thisDevice} hint={problem ?? words[state]}>
      <div className="flex flex-wrap items-center gap-2 sm:justify-end">
        {problem !== undefined && <Button onClick={onRetry}>{texts.common.tryAgain}</Button>}
        {publicKey !== undefined && state === 'off' && (
          <Button disabled={isBusy} onClick={() => void enable()}>
            {words.enable}
          </Button>
        )}
        {state === 'on' && (
          <>
            <Button disabled={isBusy} onClick={() => void test()}>
              {words.test}
            </Button>
            <Button disabled={isBusy} onClick={() => void disable()}>
              {words.disable}
            </Button>
          </>
        )}
        <output className="w-full text-ink-soft empty:hidden sm:text-end">{said}</output>
      </div>
    </Setting>
  );
}
