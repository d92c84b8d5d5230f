import { join } from 'node:path';
import type { SecretsPlace } from '../credentials.ts';

const KEYCHAINS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'the Keychain of macOS',
  win32: "Windows' Credential Manager",
};

/** Where the tokens are, for a person: `in …`. */
export function secretsText(place: SecretsPlace, directory: string): string {
  if (place === 'none') return 'removed';
  if (place === 'keychain') return `in ${KEYCHAINS[process.platform] ?? "the desktop's keychain (Secret Service)"}`;
  return `in ${join(directory, 'credentials.json')}, for your user's eyes only`;
}
