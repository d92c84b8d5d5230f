import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { core } from 'zod';
import { PolicyFileError, type PolicyFault } from './policy-file-error.ts';
import {
  DEFAULT_SETTINGS,
  policySettings,
  settingsBelow,
  WRITE_INSTEAD,
  type PolicySettings,
} from './policy-settings.ts';
import { beyondBounds } from './yaml-bounds.ts';
import { yamlReason } from './yaml-reason.ts';

type Path = readonly (string | number)[];
/** What is wrong at an offset of the text. */
interface Finding {
  offset: number;
  reason: string;
}

/** More than a person mends before they look again. */
const MAX_FINDINGS = 20;
/** Of a value or name in a reason. */
const MAX_SHOWN = 60;

/**
 * Reads the text of a policy file; `path` is for the message. Throws PolicyFileError with line, column and what to write
 * instead.
 */
export function parsePolicy(text: string, path: string): PolicySettings {
  let read: PolicySettings | Finding[];
  try {
    read = readText(text);
  } catch (cause) {
    // A fault of the parser is no reason to end the bridge.
    const reason = 'the file cannot be read as YAML: begin anew with cloudtolocalllm policy init';
    throw new PolicyFileError(path, [{ line: 0, column: 0, source: '', reason }], { cause });
  }
  if (!Array.isArray(read)) return read;
  const findings = read.toSorted((a, b) => a.offset - b.offset).slice(0, MAX_FINDINGS);
  throw new PolicyFileError(
    path,
    findings.map((finding) => located(finding, text)),
  );
}

function readText(text: string): PolicySettings | Finding[] {
  const beyond = beyondBounds(text);
  if (beyond) return [beyond];
  const document = parseDocument(text, {
    logLevel: 'error', // "silent" is silent about a second document, too
    prettyErrors: false,
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false, // looked for below: the parser compares each with each
  });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return broken.map((error) => ({ offset: error.pos[0], reason: yamlReason(error) }));
  const tricks = findTricks(document);
  if (tricks.length > 0) return tricks;
  if (document.contents === null) return DEFAULT_SETTINGS;
  const result = policySettings.safeParse(document.toJS({ maxAliasCount: 0 }));
  return result.success ? result.data : result.error.issues.flatMap((issue) => explain(issue, [], document));
}

/** What YAML can do and a policy does without: it would read otherwise than it looks. */
function findTricks(document: Document): Finding[] {
  const found: Finding[] = [];
  const judge = (node: Alias | Scalar | YAMLMap | YAMLSeq): void => {
    const offset = node.range?.[0] ?? 0;
    if (isAlias(node)) found.push({ offset, reason: 'a name that begins with * has to be in quotes: write "*"' });
    else if (node.anchor !== undefined)
      found.push({ offset, reason: 'anchors (&) are not read: write the value itself' });
    else if (node.tag !== undefined) found.push({ offset, reason: 'tags (!) are not read: write the value itself' });
  };
  visit(document, {
    Node: (_key, node) => judge(node),
    Map(_key, map) {
      judge(map); // the visitor of maps is instead of that of all nodes
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const offset = key.range?.[0] ?? 0;
        const name = String(key.value);
        if (seen.has(name)) found.push({ offset, reason: `"${shown(name)}" is there twice: remove one of them` });
        // Objects swallow it.
        if (name === '__proto__') found.push({ offset, reason: 'there is no setting "__proto__": remove it' });
        seen.add(name);
      }
    },
  });
  return found;
}

/** Below `prefix`, as the branches of a union tell their paths. */
function explain(issue: core.$ZodIssue, prefix: Path, document: Document): Finding[] {
  const path: Path = [...prefix, ...issue.path.filter((part) => typeof part !== 'symbol')];
  if (issue.code === 'unrecognized_keys') {
    const names = settingsBelow(path.join('.')).join(', ');
    const where = path.length > 0 ? ` under "${path.join('.')}"` : '';
    return issue.keys.slice(0, MAX_FINDINGS).map((key) => ({
      offset: keyOffset(document, [...path, key]),
      reason: `there is no setting "${shown(key)}"${where}: write one of ${names}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    // A list with a wrong entry: the entry is what is wrong.
    const inner = issue.errors.find((branch) => branch.every((one) => one.path.length > 0));
    if (inner) return inner.flatMap((one) => explain(one, path, document));
  }
  const offset = valueOffset(document, path);
  if (issue.code === 'custom') return [{ offset, reason: issue.message }];
  const setting = path.map((part) => (typeof part === 'number' ? '*' : part)).join('.');
  return [{ offset, reason: `${described(document, path)}: write ${WRITE_INSTEAD[setting] ?? 'something else'}` }];
}

function described(document: Document, path: Path): string {
  const setting = path.filter((part) => typeof part !== 'number').join('.');
  const name =
    setting === '' ? 'the file' : `${setting.length < path.join('.').length ? 'an entry of ' : ''}"${setting}"`;
  const node: unknown = nodeAt(document, path);
  if (isSeq(node))
    return `${name} cannot be ${node.items.length === 0 ? 'an empty list' : node.items.length > 200 ? 'so long a list' : 'a list'}`;
  if (isMap(node)) return `${name} cannot have settings of its own`;
  const value = isScalar(node) ? node.value : undefined;
  if (value === null || value === undefined) return `${name} has no value`;
  return `${name} cannot be ${shown(JSON.stringify(value) ?? 'this')}`;
}

function nodeAt(document: Document, path: Path): unknown {
  return path.length === 0 ? document.contents : document.getIn(path, true);
}

/** Where a value is; where its name is when there is none. */
function valueOffset(document: Document, path: Path): number {
  const node = nodeAt(document, path);
  const isThere = (isScalar(node) && node.value !== null) || isMap(node) || isSeq(node);
  return (isThere ? node.range?.[0] : undefined) ?? keyOffset(document, path);
}

function keyOffset(document: Document, path: Path): number {
  const parent = nodeAt(document, path.slice(0, -1));
  const last = path.at(-1);
  if (isSeq(parent)) {
    const item = typeof last === 'number' ? parent.items[last] : undefined;
    return (isScalar(item) ? item.range?.[0] : undefined) ?? parent.range?.[0] ?? 0;
  }
  if (!isMap(parent)) return 0;
  const key = parent.items.map((pair) => pair.key).find((one) => isScalar(one) && String(one.value) === last);
  return (isScalar(key) ? key.range?.[0] : undefined) ?? parent.range?.[0] ?? 0;
}

function located({ offset, reason }: Finding, text: string): PolicyFault {
  const before = text.slice(0, offset).split('\n');
  const source = (text.split('\n')[before.length - 1] ?? '').replace(/\r$/, '');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, source, reason };
}

function shown(text: string): string {
  return text.slice(0, MAX_SHOWN);
}
