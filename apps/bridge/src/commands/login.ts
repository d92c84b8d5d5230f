import { Command } from 'commander';
import { BridgeError } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { printable } from '../printable.ts';
import type { SignedIn } from '../sign-in.ts';
import { userAgent } from '../version.ts';
import { askForRelay } from './ask-for-relay.ts';
import { offerBrowser } from './offer-browser.ts';
import { relayAddress } from './relay-address.ts';
import { secretsText } from './secrets-text.ts';

interface LoginOptions {
  relay?: string;
  keychain: boolean;
  browser: boolean;
  json?: boolean;
}

export function loginCommand(config: ReadConfig): Command {
  return new Command('login')
    .description('sign in and remember this computer')
    .option('--relay <url>', 'address of the relay (or CLOUDTOLOCALLLM_RELAY; default: the one of the last sign-in)')
    .option(
      '--no-keychain',
      "keep the tokens in a file, not in the system's keychain (or CLOUDTOLOCALLLM_KEYCHAIN=off)",
    )
    .option('--no-browser', 'do not offer to open the browser')
    .option('--json', 'for scripts: the code, then the result, each as a line of JSON')
    .addHelpText(
      'after',
      examples(
        'cloudtolocalllm login --relay https://relay.example.com',
        'cloudtolocalllm --profile work login --relay https://relay.work.example',
        'cloudtolocalllm login --relay https://relay.example.com --no-keychain',
      ),
    )
    .action((options: LoginOptions) => login(config(), options));
}

/** `login`: the device flow, with the code on the terminal, also as a picture for a phone. */
async function login(config: BridgeConfig, options: LoginOptions): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && !options.json;
  const relay = await chooseRelay(config, options, isTerminal);
  const [{ signIn }, { systemKeychain }, { deviceCodeText }] = await Promise.all([
    import('../sign-in.ts'),
    import('../keychain/keychain.ts'),
    import('./device-code-text.ts'),
  ]);
  const given = new AbortController();
  const done = new AbortController();
  const signedIn = await signIn({
    directory: config.directory,
    relay,
    keychain: config.keychain && options.keychain ? systemKeychain : undefined,
    userAgent: userAgent(config.computerName),
    signal: given.signal,
    show(code) {
      if (options.json) return console.log(JSON.stringify({ event: 'code', ...code }));
      console.log(deviceCodeText(code, process.stdout.isTTY ? process.stdout.columns : undefined));
      if (isTerminal && config.graphicalSession && options.browser) {
        const address = code.verificationUriComplete ?? code.verificationUri;
        void offerBrowser(address, { signal: done.signal, givenUp: () => given.abort() });
      }
    },
  })
    .catch((error: unknown) => {
      throw given.signal.aborted ? new BridgeError('failed', 'The sign-in was given up.') : error;
    })
    .finally(() => done.abort());
  tell(config, signedIn, options);
}

async function chooseRelay(config: BridgeConfig, options: LoginOptions, isTerminal: boolean): Promise<string> {
  const named = options.relay ?? config.relay;
  if (named) return relayAddress(named);
  const { loadAccount } = await import('../credentials.ts');
  const known = await loadAccount(config.directory).catch(() => undefined);
  return known?.relay ?? (isTerminal ? askForRelay() : relayAddress(undefined));
}

function tell(config: BridgeConfig, { credentials, trouble, previous }: SignedIn, { json }: LoginOptions): void {
  const { relay, user = null, secrets = 'file' } = credentials;
  if (json) {
    const result = { event: 'signed_in', profile: config.profile, relay, user, secrets };
    console.log(
      JSON.stringify({ ...result, keychainTrouble: trouble?.message ?? null, keychainDetail: trouble?.detail ?? null }),
    );
    return;
  }
  const profile = config.profile === 'default' ? '' : `--profile ${config.profile} `;
  console.log(`\nSigned in to ${relay}${user === null ? '' : ` as ${printable(user)}`}.`);
  console.log(`The tokens are ${secretsText(secrets, config.directory)}.`);
  if (trouble) {
    console.log(`Not in the keychain: ${trouble.message}. The bridge works just the same: ${trouble.toKeep}.`);
  }
  if (previous && previous.secrets !== 'none' && previous.relay !== relay) {
    console.log(`This replaces the sign-in to ${previous.relay}. To have both, use profiles: --profile work`);
  }
  console.log(`Start the bridge with: cloudtolocalllm ${profile}up`);
}
