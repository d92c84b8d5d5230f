import { constants } from 'node:fs';
import { access, mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Account } from '../account.ts';
import { relayAddress } from '../commands/relay-address.ts';
import { loadCredentials } from '../credentials.ts';
import { isPausedByPerson } from '../daemon/person-pause.ts';
import { failed, ok, skipped, warning, type Check } from './check.ts';
import { lookAtPolicy } from './look-at-policy.ts';
import { lookAtService } from './look-at-service.ts';

/** Logs, the journal of queued messages and the credentials want to be written. */
const LOW_DISK_BYTES = 100 * 1024 * 1024;
const NO_DISK_BYTES = 1024 * 1024;

const LOGIN = 'Sign in with: cloudtolocalllm login --relay https://relay.example.com';

/** Checks of this computer alone. */
export const localChecks: readonly Check[] = [
  {
    id: 'folder',
    title: 'Folder',
    async run({ config: { directory } }) {
      const probe = join(directory, `.doctor-${crypto.randomUUID()}`);
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(probe, '', { mode: 0o600 });
        await rm(probe);
      } catch (error) {
        return failed(
          `cannot write in ${directory}: ${(error as Error).message}`,
          'Make it your own and writable, or choose another folder with CLOUDTOLOCALLLM_HOME.',
        );
      }
      const { bavail, bsize } = await statfs(directory);
      const free = bavail * bsize;
      const found = `${directory}, ${(free / 1e9).toFixed(1)} GB free`;
      if (free < NO_DISK_BYTES) return failed(found, 'Free some disk space.');
      return free < LOW_DISK_BYTES ? warning(found, 'Free some disk space soon.') : ok(found);
    },
  },
  {
    id: 'credentials',
    title: 'Credentials',
    async run(facts) {
      const { directory, relay } = facts.config;
      const credentials = await loadCredentials(directory).catch((error: Error) => error);
      if (credentials instanceof Error) return failed(credentials.message, LOGIN);
      if (!credentials) {
        try {
          // What lies between can be looked at all the same.
          if (relay !== undefined) facts.relay = relayAddress(relay);
        } catch (error) {
          return failed((error as Error).message, 'Set CLOUDTOLOCALLLM_RELAY to the address of the relay.');
        }
        return failed('nobody has signed in on this computer', LOGIN);
      }
      facts.relay = credentials.relay;
      facts.account = new Account(directory, credentials);
      const path = join(directory, 'credentials.json');
      const mode = await stat(path).then(
        (file) => file.mode & 0o777,
        () => undefined, // kept elsewhere
      );
      const found = `for ${credentials.relay}`;
      if (mode === undefined || process.platform === 'win32') return ok(found);
      if ((mode & 0o077) !== 0) {
        return warning(`${found}, but others on this computer may read them`, `Take that away with: chmod 600 ${path}`);
      }
      const writable = await access(path, constants.W_OK).then(
        () => true,
        () => false,
      );
      if (!writable) return failed(`${path} can't be written`, `Make it your own: sudo chown "$USER" ${path}`);
      return ok(found);
    },
  },
  {
    id: 'policy',
    title: 'Policy',
    run: ({ config }) => lookAtPolicy(config),
  },
  {
    id: 'service',
    title: 'Service',
    async run({ config }) {
      const service = await lookAtService(config);
      if (service === undefined) return ok('not installed: the bridge runs while "cloudtolocalllm up" does');
      const { scope, enabled, running, lastExit } = service;
      const found = `installed for ${scope === 'user' ? 'you' : 'this computer'}, ${running ? 'running' : 'not running'}`;
      if (running)
        return enabled
          ? ok(found)
          : warning(`${found}, not started with the computer`, 'See: cloudtolocalllm service status');
      return warning(
        `${found}${lastExit === undefined ? '' : ` (${lastExit})`}`,
        'Start it with: cloudtolocalllm service start',
      );
    },
  },
  {
    id: 'bridge',
    title: 'Bridge',
    async run({ config, running }) {
      if (!running) return warning('is not running', 'Start it with: cloudtolocalllm up');
      const found = `${running.state} since ${running.since}: ${running.detail} (process ${running.pid})`;
      // Its owner wants it so.
      if (isPausedByPerson(config.directory)) {
        return warning(found, 'Resume it with: cloudtolocalllm resume');
      }
      if (running.state === 'offline' && running.policy?.closed !== undefined) return warning(found, 'See "Policy".');
      if (running.state === 'offline') return failed(found, 'The lines about the relay here say what stands between.');
      if (running.state === 'connecting') return warning(found, 'Look again in a moment.');
      return running.state === 'engine-down' ? failed(found, 'See "Engine".') : ok(found);
    },
  },
];

/** What a check says that has no relay to look at. */
export const NO_RELAY = skipped('not checked: no relay is known', LOGIN);
