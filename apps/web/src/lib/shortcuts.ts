/** What a person can do from the keyboard, and the keys for it. `mod` is Command on Apple's machines, Control elsewhere. */
export const SHORTCUTS = {
  palette: ['mod', 'K'],
  newChat: ['mod', 'Shift', 'O'],
  search: ['mod', 'Shift', 'F'],
  focusComposer: ['Shift', 'Escape'],
  stop: ['mod', '.'],
  copyLast: ['mod', 'Shift', 'C'],
  sidebar: ['mod', 'Shift', 'S'],
  computers: ['mod', 'Shift', 'L'],
  settings: ['mod', ','],
  help: ['?'],
} as const satisfies Record<string, readonly string[]>;

export type Command = keyof typeof SHORTCUTS;

type Pressed = Pick<KeyboardEvent, 'key' | 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey'>;

/** The command of the keys that were pressed; `isTyping`: plain characters belong to the field that has the focus. */
export function commandOf(event: Pressed, isTyping: boolean): Command | undefined {
  const { key, metaKey, ctrlKey, shiftKey, altKey } = event;
  if (altKey) return undefined;
  const entries = Object.entries(SHORTCUTS) as [Command, readonly string[]][]; // as: Object.entries forgets the keys
  return entries.find(([, keys]) => {
    const last = keys.at(-1) ?? '';
    const wantsMod = keys.includes('mod');
    if (wantsMod !== (metaKey || ctrlKey)) return false;
    // The character of "?" needs Shift on some keyboards and not on others.
    if (!wantsMod && last.length === 1) return key === last && !isTyping;
    return key.toLowerCase() === last.toLowerCase() && shiftKey === keys.includes('Shift');
  })?.[0];
}

/** The keys as they stand on this person's keyboard. */
export function shownKeys(command: Command, platform: string): string[] {
  const isApple = /mac|iphone|ipad/i.test(platform);
  const names: Record<string, string> = isApple
    ? { mod: '⌘', Shift: '⇧', Escape: 'esc' }
    : { mod: 'Ctrl', Escape: 'Esc' };
  return SHORTCUTS[command].map((key) => names[key] ?? key);
}
