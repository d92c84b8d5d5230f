import { Command } from 'commander';
import { BridgeError } from '../bridge-error.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { systemKeychain } from '../keychain/keychain.ts';
import { signIn } from '../sign-in.ts';
import { userAgent } from '../version.ts';
import { deviceCodeText } from './device-code-text.ts';

export function loginCommand(config: ReadConfig): Command {
  return new Command('login')
    .description('sign in and remember this computer')
    .option('--relay <url>', 'address of the relay (or CLOUDTOLOCALLLM_RELAY)')
    .addHelpText('after', '\nExample:\n  cloudtolocalllm login --relay https://relay.example.com')
    .action((options: { relay?: string }) => login(config(), options));
}

/** `login`: the device flow, with the code on the terminal, also as a picture for a phone. */
async function login(config: BridgeConfig, options: { relay?: string }): Promise<void> {
  const relay = relayAddress(options.relay ?? config.relay);
  await signIn({
    directory: config.directory,
    relay,
    keychain: config.keychain ? systemKeychain : undefined,
    userAgent: userAgent(config.computerName),
    show: (code) => console.log(deviceCodeText(code, process.stdout.isTTY ? process.stdout.columns : undefined)),
  });
  console.log(`Signed in. Start the bridge with: cloudtolocalllm up`);
}

/** An address as a person types it, to the relay's origin. Throws BridgeError usage. */
export function relayAddress(text: string | undefined): string {
  if (!text) throw new BridgeError('usage', 'Say which relay: cloudtolocalllm login --relay https://relay.example.com');
  const withScheme = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.parse(withScheme);
  if (!url || (withScheme !== text && text.includes('://')) || url.username || url.password) {
    throw new BridgeError('usage', `"${text}" is not the address of a relay, such as https://relay.example.com`);
  }
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && !loopback) {
    throw new BridgeError(
      'usage',
      `${url.origin} is not encrypted: use https:// (plain http is for a relay on this computer)`,
    );
  }
  return url.origin;
}
