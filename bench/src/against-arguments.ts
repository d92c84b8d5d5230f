import { parseArgs } from 'node:util';
import { FRESH_FIGURES } from './fresh-figures.ts';
import { RUNNING_FIGURES } from './running-figures.ts';
import { FULL, QUICK, type Settings } from './settings.ts';

const ALL = [...Object.keys(RUNNING_FIGURES), ...Object.keys(FRESH_FIGURES)];
const ROUNDS = 7;
const QUICK_ROUNDS = 2;
const QUICK_SCALE = 0.25;

export const USAGE = `npm run bench:against -- DIR [--only ${ALL.join(',')}] [--rounds N] [--quick]
  DIR is another checkout of this project, with a node_modules of its own (a link to another's would run that one's
  packages): relay and bridge run from both, in turns. With "." this checkout runs against itself: what is noise.
    git worktree add /tmp/before COMMIT && cp -a node_modules /tmp/before/
    cp -a apps/bridge/node_modules /tmp/before/apps/bridge/

npm run bench:against -- --without log [--only ...] [--rounds N] [--quick]
  the same with this checkout alone, whose relay logs nothing in "before"

Limits count everywhere, but are raised: an answer with status 429 breaks its measurement.`;

export interface AgainstArguments {
  /** Of the other checkout; undefined: this one without its log. */
  directory: string | undefined;
  chosen: ReadonlySet<string>;
  rounds: number;
  /** Of what takes minutes on processes of its own. */
  freshRounds: number;
  /** Of how much is measured in a round. */
  scale: number;
  settings: Settings;
}

/** Returns undefined when the command line can't be understood. @throws TypeError on an unknown option. */
export function readAgainstArguments(words: string[]): AgainstArguments | undefined {
  const { values, positionals } = parseArgs({
    args: words,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean' },
      without: { type: 'string' },
    },
    allowPositionals: true,
  });
  const { quick = false, without } = values;
  const rounds = Number(values.rounds ?? (quick ? QUICK_ROUNDS : ROUNDS));
  const chosen = new Set(values.only?.split(',') ?? ALL);
  const oneOther = without === undefined ? positionals.length === 1 : without === 'log' && positionals.length === 0;
  if (!oneOther || !(Number.isInteger(rounds) && rounds > 0)) return undefined;
  if (![...chosen].every((name) => ALL.includes(name))) return undefined;
  return {
    directory: positionals[0],
    chosen,
    rounds,
    freshRounds: Math.ceil(rounds / 2),
    scale: quick ? QUICK_SCALE : 1,
    settings: quick ? QUICK : FULL,
  };
}
