import { useMemo } from 'react';
import { createPushDevice, type PushDevice } from '../../lib/push-device.ts';
import { useServices } from '../../lib/services.ts';

/** Notifications on this device. */
export function usePushDevice(): PushDevice {
  const { client } = useServices();
  return useMemo(() => createPushDevice(window, client.push), [client]);
}
