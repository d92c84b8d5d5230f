import type { AccountSettings } from '@cloudtolocalllm/sdk';

type Pressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing'>;

/** Whether these keys send what was written. Shift and Enter always begin a new line. */
export function sends(event: Pressed, sendKey: AccountSettings['sendKey']): boolean {
  // While an input method composes a character, Enter belongs to it.
  if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.isComposing) return false;
  return event.ctrlKey || event.metaKey || sendKey === 'enter';
}
