import packageJson from '../package.json' with { type: 'json' };

/** This program's version, as the relay and its person see it. */
export const VERSION: string = packageJson.version;
