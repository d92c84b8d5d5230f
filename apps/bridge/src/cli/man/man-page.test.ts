import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { EXIT_CODES } from '../../bridge-error.ts';
import { ENVIRONMENT } from '../../environment.ts';
import { commandTree, type CommandShape } from '../command-tree.ts';
import { createProgram } from '../program.ts';
import { manPage } from './man-page.ts';

const MAN = '/usr/bin/man';
const canRead = existsSync(MAN);
if (!canRead) console.error('NOT RUN: the test that reads the manual page with man, from the package man-db');

const tree = commandTree(createProgram({}));
const page = manPage(tree, '1.2.3');

function all(command: CommandShape): CommandShape[] {
  return [command, ...command.commands.flatMap(all)];
}

test('every command has a description, and an example that begins with the program', () => {
  for (const { path, description, epilogue, commands } of all(tree)) {
    assert.notEqual(description, '', path.join(' '));
    if (commands.length > 0 && path.length > 0) continue;
    assert.match(epilogue, /^Examples?:\n {2}(.* )?cloudtolocalllm /, path.join(' '));
  }
});

test('the manual page has every command, option, exit code and variable', () => {
  const plain = page.replaceAll('\\-', '-');
  for (const { path, options } of all(tree)) {
    assert.ok(plain.includes(path.join(' ')));
    for (const { term, names } of options) if (!names.includes('--help')) assert.ok(plain.includes(term), term);
  }
  assert.match(plain, /default: 11434, Ollama's own/, 'what the help says of defaults');
  for (const code of Object.values(EXIT_CODES)) assert.match(plain, new RegExp(`^\\.B "${code}"$`, 'm'));
  for (const name of Object.keys(ENVIRONMENT)) assert.ok(plain.includes(name), name);
});

test('a text cannot become a request of troff', () => {
  const hostile = { ...tree, description: ".so /etc/passwd\\n'x", commands: [] };
  assert.match(manPage(hostile, '1'), /^\\&\.so \/etc\/passwd\\\(rsn'x$/m);
});

test('man reads the page without a warning', { skip: !canRead }, () => {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', MANROFFSEQ: '', MANWIDTH: '80' };
  // As lintian checks the pages of a package.
  const read = spawnSync(MAN, ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', '-'], { input: page, env });
  assert.deepEqual([read.status, read.stderr.toString()], [0, '']);
  const shown = spawnSync(MAN, ['-l', '-'], { input: page, env: { ...env, MANPAGER: 'cat' } });
  assert.match(shown.stdout.toString(), /^EXIT STATUS$[^]*^ {7}3 +nobody +is +signed +in/m);
});
