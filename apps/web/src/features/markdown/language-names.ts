import type { CodeLanguage } from './languages.ts';

/** Each language under its own name and those that models write after a fence. */
const NAMES: Record<CodeLanguage, string> = {
  bash: 'sh shell zsh console shellscript',
  c: 'h',
  cpp: 'c++ cc cxx hpp',
  csharp: 'cs c#',
  css: '',
  dart: '',
  diff: 'patch',
  docker: 'dockerfile',
  elixir: 'ex exs',
  erlang: 'erl',
  go: 'golang',
  graphql: 'gql',
  haskell: 'hs',
  html: 'htm svg vue',
  ini: 'properties conf dotenv env',
  java: '',
  javascript: 'js mjs cjs node',
  json: 'jsonc json5 jsonl',
  jsx: '',
  julia: 'jl',
  kotlin: 'kt kts',
  latex: 'tex',
  lua: '',
  make: 'makefile',
  markdown: 'md',
  nginx: '',
  perl: 'pl',
  php: '',
  powershell: 'ps ps1 pwsh',
  python: 'py python3',
  r: '',
  ruby: 'rb',
  rust: 'rs',
  scala: '',
  scss: 'sass',
  sql: 'mysql postgresql postgres sqlite plsql',
  swift: '',
  toml: '',
  tsx: '',
  typescript: 'ts mts cts',
  xml: 'xsl plist',
  yaml: 'yml',
  zig: '',
};

// A map: no name that a model writes is one of an object's own ("constructor", "__proto__").
const LANGUAGES: ReadonlyMap<string, CodeLanguage> = new Map(
  (Object.entries(NAMES) as [CodeLanguage, string][]) // as: the keys are those of the type
    .flatMap(([language, names]) => [language, ...names.split(' ')].map((name) => [name, language] as const)),
);

/** The language that a fence names; undefined when its code stays in ink. */
export function languageOf(name: string): CodeLanguage | undefined {
  return name === '' ? undefined : LANGUAGES.get(name.toLowerCase());
}
