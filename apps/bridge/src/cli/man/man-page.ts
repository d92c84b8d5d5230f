import { ENVIRONMENT } from '../../environment.ts';
import type { CommandShape, OptionShape } from '../command-tree.ts';
import { exitCodes } from '../exit-codes-text.ts';

const FILES: Readonly<Record<string, string>> = {
  '~/.config/cloudtolocalllm/': 'what the default profile keeps: its account, and its tokens when no keychain has them',
  '~/.config/cloudtolocalllm/profiles/NAME/': 'what the profile NAME keeps',
};

/** The manual page (man(7)) of the whole program. */
export function manPage(tree: CommandShape, version: string): string {
  return [
    `.TH CLOUDTOLOCALLLM 1 "" "cloudtolocalllm ${escaped(version)}" "User Commands"`,
    '.SH NAME',
    "cloudtolocalllm \\- connect this computer's language models to your relay",
    '.SH SYNOPSIS',
    '.B cloudtolocalllm',
    line('[--profile name] command [options]'),
    '.SH DESCRIPTION',
    line(tree.description),
    '.SH OPTIONS',
    ...tree.options.flatMap(option),
    '.SH COMMANDS',
    ...tree.commands.flatMap((child) => command(child)),
    '.SH EXIT STATUS',
    ...exitCodes().flatMap(([code, meaning]) => tagged(String(code), meaning)),
    '.SH ENVIRONMENT',
    ...Object.entries(ENVIRONMENT).flatMap(([name, meaning]) => tagged(name, meaning)),
    '.SH FILES',
    ...Object.entries(FILES).flatMap(([name, meaning]) => tagged(name, meaning)),
    '.SH EXAMPLES',
    ...block(examplesOf(tree)),
    '',
  ].join('\n');
}

/** The exit codes, which the program's help has after its examples, have a section of their own here. */
function examplesOf({ epilogue }: CommandShape): string {
  const [first = ''] = epilogue.split('\n\n');
  return first.replace(/^Examples?:\n/, '');
}

function command({ path, description, usage, options, epilogue, commands }: CommandShape): string[] {
  return [
    `.SS ${quoted(`cloudtolocalllm ${path.join(' ')} ${usage}`.trim())}`,
    line(description),
    ...options.filter(({ names }) => !names.includes('--help')).flatMap(option),
    ...epilogue.split('\n\n').flatMap(paragraph),
    ...commands.flatMap((child) => command(child)),
  ];
}

function option({ term, description, choices, default: value }: OptionShape): string[] {
  const more = [choices.join(', '), value === undefined ? '' : `default: ${value}`].filter((text) => text !== '');
  return tagged(term, more.length > 0 ? `${description} (${more.join('; ')})` : description);
}

function tagged(term: string, text: string): string[] {
  return ['.TP', `.B ${quoted(term)}`, line(text)];
}

/** Examples and lists stay in lines, the rest is filled. */
function paragraph(text: string): string[] {
  if (text === '') return [];
  return ['.PP', ...(/^ {2}/m.test(text) ? block(text) : text.split('\n').map(line))];
}

/** Lines as they are, such as those of examples. */
function block(text: string): string[] {
  return ['.nf', ...text.split('\n').map(line), '.fi'];
}

/** A line of text: troff takes a dot or an apostrophe at its beginning for a request. */
function line(text: string): string {
  const safe = escaped(text);
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '\\(dq')}"`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\(rs').replaceAll('-', '\\-').replaceAll('~', '\\(ti').replaceAll('^', '\\(ha');
}
