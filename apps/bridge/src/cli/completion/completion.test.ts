import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command, Option } from 'commander';
import { createProgram } from '../program.ts';
import { saveCredentials } from '../../credentials.ts';
import { commandTree } from '../command-tree.ts';
import { bashCompletion } from './bash-completion.ts';
import { fishCompletion } from './fish-completion.ts';
import { zshCompletion } from './zsh-completion.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));
const SIGNED_IN = {
  relay: 'https://relay.example',
  clientId: 'c',
  issuer: 'https://relay.example',
  oidcClientId: 'b',
  accessToken: 'x',
  accessTokenExpires: 1,
};

/** The program, with a command of the kinds that it does not have by itself. */
function tree() {
  const program = createProgram({});
  const motors = new Command('motors').description("it's: [all] `of` $them");
  motors
    .command('add')
    .description('add one')
    .addOption(new Option('--kind <kind>').choices(['ollama', 'vllm']));
  motors.command('check').argument('<file>').option('--out <file>', 'where to write');
  program.addCommand(motors);
  program.addCommand(new Command('secret'), { hidden: true });
  return commandTree(program);
}

/** What is typed, and what must and must not be offered. */
const CASES: [typed: string, offered: string[], notOffered?: string[]][] = [
  ['cloudtolocalllm st', ['status']],
  ['cloudtolocalllm se', [], ['secret']],
  ['cloudtolocalllm --profile wo', [], ['--json', 'status']],
  ['cloudtolocalllm --profile up lo', ['login', 'logout'], ['up']],
  ['cloudtolocalllm login --', ['--relay', '--no-keychain', '--json'], ['--engine-url']],
  ['cloudtolocalllm up --engine-url login --', ['--name'], ['--relay']],
  ['cloudtolocalllm motors ', ['add', 'check'], ['login']],
  ['cloudtolocalllm motors add --kind ', ['ollama', 'vllm'], ['check']],
  ['cloudtolocalllm motors check a-', ['a-file.txt']],
  ['cloudtolocalllm motors check --out a-', ['a-file.txt']],
  ['cloudtolocalllm completion ', ['bash', 'zsh', 'fish']],
  ['cloudtolocalllm engines add --kind l', ['lmstudio', 'llamacpp'], ['ollama']],
  ['cloudtolocalllm engines remove Stu', ['Studio'], ['http://127.0.0.1:9']],
  ['cloudtolocalllm engines remove ', ['Studio', 'My engine']],
  ['cloudtolocalllm --profile w', ['work'], ['default', 'status']],
  ['cloudtolocalllm kn', [], ['known']],
];

describe('completion', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'completion-test-'));
    await writeFile(join(folder, 'a-file.txt'), '');
    const engines = [
      { url: 'http://127.0.0.1:8', name: 'Studio' },
      { url: 'http://127.0.0.1:7', name: 'My engine' },
      { url: 'http://127.0.0.1:9' },
    ];
    await writeFile(join(folder, 'engines.yaml'), JSON.stringify({ engines }), { mode: 0o600 });
    await saveCredentials(join(folder, 'profiles', 'work'), SIGNED_IN);
    // The shells ask the program itself.
    const program = `#!/bin/sh\nCLOUDTOLOCALLLM_HOME='${folder}' exec '${process.execPath}' '${MAIN}' "$@"\n`;
    await writeFile(join(folder, 'cloudtolocalllm'), program, { mode: 0o755 });
    await writeFile(join(folder, 'script.bash'), bashCompletion(tree()));
    await writeFile(join(folder, '_cloudtolocalllm'), zshCompletion(tree()));
    await writeFile(join(folder, 'script.fish'), fishCompletion(tree()));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const path = (): string => `${folder}:${process.env['PATH'] ?? ''}`;

  async function check(offers: (typed: string) => Promise<string[]>): Promise<void> {
    const checks = CASES.map(async ([typed, offered, notOffered = []]) => {
      const words = await offers(typed);
      assert.deepEqual(
        offered.filter((word) => !words.includes(word)),
        [],
        `not offered after: ${typed} (${words.join(' ')})`,
      );
      assert.deepEqual(
        notOffered.filter((word) => words.includes(word)),
        [],
        `offered after: ${typed}`,
      );
    });
    await Promise.all(checks);
  }

  function shell(name: string): { skip: boolean } {
    const skip = !['/bin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].some((path) =>
      existsSync(join(path, name)),
    );
    if (skip) console.error(`NOT RUN: the completion of ${name}, which is not installed here`);
    return { skip };
  }

  it('of bash offers what can be typed', shell('bash'), () =>
    check(async (typed) => {
      const script = `source ./script.bash; read -ra COMP_WORDS <<< "$1"; [[ $1 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _cloudtolocalllm; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await run('bash', ['--norc', '-c', script, 'bash', typed], {
        cwd: folder,
        env: { ...process.env, PATH: path() },
      });
      return stdout.split('\n');
    }),
  );

  it('of fish offers what can be typed', shell('fish'), () =>
    check(async (typed) => {
      const script = 'source script.fish; complete -C "$argv[1]"';
      const env = { ...process.env, PATH: path(), HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
      const { stdout } = await run('fish', ['--no-config', '-c', script, typed], { cwd: folder, env });
      return stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
    }),
  );

  // The completion system of zsh runs in its line editor alone: a real one, in a terminal of its own, tells its matches.
  it('of zsh offers what can be typed', shell('zsh'), async () => {
    const inner = `
      PS1='@here@'; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; stty columns 300
      compadd() {
        [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]] && { builtin compadd "$@"; return }
        local -a hits; builtin compadd -O hits "$@"; print -rl -- $hits >> $MATCHES; builtin compadd "$@"
      }
      bindkey '^I' complete-word`;
    const script = `
      zmodload zsh/zpty
      zpty shell 'TERM=xterm zsh -f -i'
      zpty -w shell 'source ./inner.zsh'
      zpty -r -m shell out '*@here@*'
      zpty -w -n shell "$1"$'\\t\\C-u'
      zpty -w shell 'print do""ne'
      zpty -r -m shell out '*done*'`;
    await writeFile(join(folder, 'inner.zsh'), inner);
    await check(async (typed) => {
      const matches = join(folder, `matches-${crypto.randomUUID()}`);
      await writeFile(matches, '');
      const env = { ...process.env, PATH: path(), MATCHES: matches };
      await run('zsh', ['-f', '-c', script, 'zsh', typed], { cwd: folder, env, timeout: 30_000 });
      return (await readFile(matches, 'utf8')).split('\n');
    });
  });
});
