import type { CommandShape, OptionShape } from '../command-tree.ts';
import { completionCases, shellQuoted, type CompletionCase } from './completion-cases.ts';

/** A script for bash; needs nothing of the package bash-completion. */
export function bashCompletion(tree: CommandShape): string {
  const cases = completionCases(tree);
  return `# bash completion of cloudtolocalllm
_cloudtolocalllm() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' option='' word index
  local IFS=$'\\n'
  COMPREPLY=()
  # Where on the command line we are: the commands until here, and an option that waits for its value.
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ -n $option ]]; then
      option=''
      continue
    fi
    case "$path:$word" in
${cases.flatMap(steps).join('\n')}
    esac
  done
  case "$path:$option" in
${cases.flatMap(values).join('\n')}
  esac
}
complete -F _cloudtolocalllm cloudtolocalllm
`;
}

function steps({ path, commands, options }: CompletionCase): string[] {
  const waiting = options.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names);
  return [
    ...commands.map(
      (command) => `      ${shellQuoted(`${path}:${command.word}`)}) path=${shellQuoted(command.path)} ;;`,
    ),
    ...waiting.map((name) => `      ${shellQuoted(`${path}:${name}`)}) option=${shellQuoted(name)} ;;`),
  ];
}

function values({ path, commands, choices, takesFiles, known, options }: CompletionCase): string[] {
  const words = [
    ...commands.map(({ word }) => word),
    ...choices,
    ...options.flatMap(({ names }) => names.filter((name) => name.startsWith('--'))),
  ];
  const valued = options
    .filter((option) => option.takesFile || option.choices.length > 0 || option.known !== undefined)
    .flatMap((option) =>
      option.names.map((name) => `    ${shellQuoted(`${path}:${name}`)}) ${reply(option.choices, option)} ;;`),
    );
  return [...valued, `    ${shellQuoted(`${path}:`)}) ${reply(words, { takesFile: takesFiles, known })} ;;`];
}

function reply(words: readonly string[], { takesFile, known }: Pick<OptionShape, 'takesFile' | 'known'>): string {
  // Also for bash 3.2 of macOS. IFS is a line's end: names with spaces stay whole, and -o filenames quotes them.
  const list = words.map((word) => word.replaceAll(/[\\']/g, '\\$&')).join('\\n');
  const asked = known === undefined ? '' : `$'\\n'"$(cloudtolocalllm known ${known} 2>/dev/null)"`;
  const compgen = `COMPREPLY=($(compgen ${takesFile ? '-f ' : ''}-W $'${list}'${asked} -- "$current"))`;
  return takesFile || known !== undefined ? `${compgen}; compopt -o filenames 2>/dev/null` : compgen;
}
