import { openConfinement } from '../open-confinement.ts';

/** What this user can hold processes to; argument: a name for groups. */
const [, , name = ''] = process.argv;
const log = { info: () => undefined, warn: () => undefined };
const confinement = await openConfinement({ kinds: undefined, name, log });
await confinement.close();
process.stdout.write(JSON.stringify(confinement.enforcement));
