import { DEFAULT_PROFILE } from '../config.ts';

/** What a text tells its reader to type; commands that know no profile stay as they are. */
const TYPED = /\bcloudtolocalllm (?=(?:login|up|status|doctor|engines|policy|service|logs|tray|connect|logout)\b)/g;

/** The text with the commands in it as this profile's person has to type them. */
export function forProfile(text: string, profile: string): string {
  return profile === DEFAULT_PROFILE ? text : text.replaceAll(TYPED, `cloudtolocalllm --profile ${profile} `);
}
