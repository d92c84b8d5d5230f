import packageJson from '../package.json' with { type: 'json' };

/** This program's version, as the relay and its person see it. */
export const VERSION: string = packageJson.version;

/** How this program calls itself on the way out; `computerName` as its owner knows it. */
export function userAgent(computerName: string): string {
  // A header takes no more than this.
  const name = computerName.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/[()\\]/g, '');
  return `cloudtolocalllm-bridge/${VERSION} (${process.platform}; ${name})`;
}
