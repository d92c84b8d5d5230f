import type { CommandShape, OptionShape } from '../command-tree.ts';
import { completionCases, type CompletionCase } from './completion-cases.ts';

/** A script for fish. */
export function fishCompletion(tree: CommandShape): string {
  const cases = completionCases(tree);
  return `# fish completion of cloudtolocalllm
function __cloudtolocalllm_at --description 'whether the commands until here are these'
    set -l place ''
    set -l option ''
    for word in (commandline -opc)[2..]
        if test -n "$option"
            set option ''
            continue
        end
        switch "$place:$word"
${cases.flatMap(steps).join('\n')}
        end
    end
    test "$place" = "$argv[1]"
end
complete -c cloudtolocalllm -f
${cases.flatMap(completions).join('\n')}
`;
}

function steps({ path, commands, options }: CompletionCase): string[] {
  const waiting = options.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names);
  return [
    ...commands.flatMap((command) => [
      `            case ${quoted(`${path}:${command.word}`)}`,
      `                set place ${quoted(command.path)}`,
    ]),
    ...waiting.flatMap((name) => [
      `            case ${quoted(`${path}:${name}`)}`,
      `                set option ${quoted(name)}`,
    ]),
  ];
}

function completions({ path, commands, choices, takesFiles, known, options }: CompletionCase): string[] {
  const here = `complete -c cloudtolocalllm -n ${quoted(`__cloudtolocalllm_at ${quoted(path)}`)}`;
  return [
    ...commands.map(({ word, description }) => `${here} -a ${quoted(word)} -d ${quoted(description)}`),
    ...(choices.length > 0 ? [`${here} -a ${quoted(choices.join(' '))}`] : []),
    ...(takesFiles ? [`${here} -F`] : []),
    ...(known === undefined ? [] : [`${here} -a ${quoted(asked(known))}`]),
    ...options.map((option) => `${here} ${optionWords(option)}`),
  ];
}

function optionWords({ names, description, takesValue, takesFile, choices, known }: OptionShape): string {
  const words = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  if (takesValue) words.push(takesFile ? '-r -F' : '-x');
  if (choices.length > 0) words.push(`-a ${quoted(choices.join(' '))}`);
  if (known !== undefined) words.push(`-a ${quoted(asked(known))}`);
  return `${words.join(' ')} -d ${quoted(description)}`;
}

/** Runs when it is asked for. */
function asked(known: string): string {
  return `(cloudtolocalllm known ${known} 2>/dev/null)`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
