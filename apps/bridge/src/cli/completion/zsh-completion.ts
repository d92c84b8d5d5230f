import type { CommandShape, OptionShape } from '../command-tree.ts';
import { completionCases, shellQuoted, type CompletionCase } from './completion-cases.ts';

/** A script for zsh: for a folder of `fpath`, or to be sourced after compinit. */
export function zshCompletion(tree: CommandShape): string {
  const cases = completionCases(tree);
  return `#compdef cloudtolocalllm
_cloudtolocalllm() {
  local place='' option='' word
  local -a entries flags
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $option ]]; then
      option=''
      continue
    fi
    case "$place:$word" in
${cases.flatMap(steps).join('\n')}
    esac
  done
  case "$place:$option" in
${cases.flatMap(values).join('\n')}
    *) return 1 ;;
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o option flags
  elif (( $#entries )); then
    _describe command entries
  else
    _describe -o option flags
  fi
}
if [[ $funcstack[1] == _cloudtolocalllm ]]; then
  _cloudtolocalllm "$@"
else
  compdef _cloudtolocalllm cloudtolocalllm
fi
`;
}

function steps({ path, commands, options }: CompletionCase): string[] {
  const waiting = options.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names);
  return [
    ...commands.map(
      (command) => `      ${shellQuoted(`${path}:${command.word}`)}) place=${shellQuoted(command.path)} ;;`,
    ),
    ...waiting.map((name) => `      ${shellQuoted(`${path}:${name}`)}) option=${shellQuoted(name)} ;;`),
  ];
}

function values({ path, commands, choices, takesFiles, known, options }: CompletionCase): string[] {
  const entries = [
    ...commands.map(({ word, description }) => described(word, description)),
    ...choices.map((choice) => described(choice, '')),
  ];
  const flags = options.flatMap(({ names, description }) => names.map((name) => described(name, description)));
  const arrays = `entries=(${[...entries, ...asked(known)].join(' ')}); flags=(${flags.join(' ')})`;
  const files = takesFiles ? '; [[ $PREFIX == -* ]] || { _files; return }' : '';
  return [
    ...options.flatMap((option) => optionValues(path, option)),
    `    ${shellQuoted(`${path}:`)}) ${arrays}${files} ;;`,
  ];
}

function optionValues(path: string, { names, takesFile, choices, known, takesValue }: OptionShape): string[] {
  if (!takesValue) return [];
  const action = takesFile
    ? '_files; return'
    : choices.length > 0 || known !== undefined
      ? `entries=(${[...choices.map((choice) => described(choice, '')), ...asked(known)].join(' ')})`
      : '_message value; return';
  return names.map((name) => `    ${shellQuoted(`${path}:${name}`)}) ${action} ;;`);
}

/** What this computer knows, a word on each line; the colons of an address are no end of a word. */
function asked(known: OptionShape['known']): string[] {
  return known === undefined ? [] : [`"\${(@f)$(cloudtolocalllm known ${known} 2>/dev/null | sed 's/:/\\\\:/g')}"`];
}

/** \`word:what it is\`, of which a colon in the word would be the end. */
function described(word: string, description: string): string {
  const escaped = word.replaceAll(':', '\\:');
  return shellQuoted(description === '' ? escaped : `${escaped}:${description}`);
}
