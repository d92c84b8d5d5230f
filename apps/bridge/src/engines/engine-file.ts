import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Document, isSeq, LineCounter, parseDocument, YAMLSeq } from 'yaml';
import { z } from 'zod';
import { withFileLock } from '../file-lock.ts';
import { BridgeError } from '../bridge-error.ts';
import { engineKind, type EngineKind } from './engine-kind.ts';
import { addressText, apiAddress, type EngineChoice, type EngineSettings } from './engine-settings.ts';

export const ENGINE_FILE = 'engines.yaml';
/** More than anybody has; each is looked at every few seconds. */
const MAX_ENGINES = 32;
const MAX_BYTES = 256 * 1024;
const ABOUT = ` The engines of this computer. The first that has a model is asked for it. Changes apply at once.
 Made by "cloudtolocalllm engines"; you may write it yourself:

   discover: true      # also use those found on the usual ports of this computer, behind the others
   engines:
     - url: http://127.0.0.1:8000
       name: Studio    # what to call it
       kind: vllm      # ollama, lmstudio, llamacpp, vllm or openai; else found out
       limit: 4        # answers at the same time
       key: secret     # sent to this engine alone

 It may hold keys: keep it to yourself.`;

const addressField = z.string().transform((text, context) => {
  try {
    return apiAddress(text);
  } catch (error) {
    context.addIssue((error as Error).message); // as: apiAddress throws BridgeError
    return z.NEVER;
  }
});
const kind = z.string().transform((text, context): EngineKind => {
  const known = engineKind(text);
  if (known) return known;
  context.addIssue(`"${text.slice(0, 40)}" is no kind of engine: ollama, lmstudio, llamacpp, vllm or openai`);
  return z.NEVER;
});
/** What may stand in a header. */
const key = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'a key has no blanks and no line breaks');
const settings = z.strictObject({
  url: addressField,
  name: z.string().min(1).max(64).optional(),
  kind: kind.optional(),
  limit: z.int().min(1).max(1024).optional(),
  key: key.optional(),
});
const file = z
  .strictObject({ discover: z.boolean().default(true), engines: z.array(settings).max(MAX_ENGINES).nullish() })
  .nullable();

/** The engines that its owner has chosen; undefined when there is no such file. Throws BridgeError with line and reason. */
export async function loadEngineFile(directory: string): Promise<EngineChoice | undefined> {
  const text = await readText(directory);
  return text === undefined ? undefined : choiceOf(text, join(directory, ENGINE_FILE));
}

/** Adds an engine, in the place of one at the same address. Throws BridgeError. */
export async function addToEngineFile(directory: string, engine: EngineSettings): Promise<void> {
  await change(directory, (list, document) => {
    const { url, ...rest } = engine;
    for (const [index] of list.items.entries()) {
      if (rest.name === undefined || document.getIn(['engines', index, 'name']) !== rest.name) continue;
      if (isAt(document, index, url)) continue;
      const taken = `An engine is called "${rest.name}" already, at ${String(document.getIn(['engines', index, 'url']))}`;
      throw new BridgeError('usage', `${taken}: choose another name, or remove that one first`);
    }
    const given = Object.entries(rest).filter(([, value]) => value !== undefined);
    const node = document.createNode({ url: addressText(url), ...Object.fromEntries(given) });
    const at = list.items.findIndex((_item, index) => isAt(document, index, url));
    if (at < 0) list.add(node);
    else list.set(at, node);
  });
}

/** Removes the engine with this name or address. Throws BridgeError usage when there is none. */
export async function removeFromEngineFile(directory: string, which: string): Promise<void> {
  const address = addressIn(which);
  await change(directory, (list, document) => {
    const at = list.items.findIndex((_item, index) => {
      const name = document.getIn(['engines', index, 'name']);
      return name === which || isAt(document, index, address);
    });
    if (at < 0) {
      throw new BridgeError(
        'usage',
        `No engine is called "${which}", nor is at that address, in ${join(directory, ENGINE_FILE)}. One that was found by itself is used as long as "discover: true" stands there.`,
      );
    }
    list.delete(at);
  });
}

/** Changes what is written and leaves the rest, comments included, as it is. */
function change(directory: string, edit: (list: YAMLSeq, document: Document) => void): Promise<void> {
  return withFileLock(join(directory, 'engines.lock'), () => changeLocked(directory, edit));
}

async function changeLocked(directory: string, edit: (list: YAMLSeq, document: Document) => void): Promise<void> {
  const path = join(directory, ENGINE_FILE);
  const text = await readText(directory);
  if (text !== undefined) choiceOf(text, path); // a broken file is not made worse
  const document: Document = text === undefined ? new Document({ discover: true, engines: [] }) : parseDocument(text);
  if (text === undefined) document.commentBefore = ABOUT;
  if (document.contents === null) document.contents = document.createNode({ discover: true, engines: [] });
  const found = document.get('engines');
  const list = isSeq(found) ? found : new YAMLSeq();
  if (!isSeq(found)) document.set('engines', list);
  list.flow = false;
  edit(list, document);
  const written = document.toString();
  choiceOf(written, path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await writeFile(temporary, written, { mode: 0o600 });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** As it is written for `add`; undefined for what can only be a name. */
function addressIn(text: string): URL | undefined {
  try {
    return apiAddress(text);
  } catch {
    return undefined;
  }
}

function isAt(document: Document, index: number, url: URL | undefined): boolean {
  const written = document.getIn(['engines', index, 'url']);
  return url !== undefined && typeof written === 'string' && apiAddress(written).href === url.href;
}

async function readText(directory: string): Promise<string | undefined> {
  const path = join(directory, ENGINE_FILE);
  try {
    const { size, mode } = await stat(path);
    if (size > MAX_BYTES) throw new BridgeError('failed', `Cannot read ${path}: it has more than ${MAX_BYTES} bytes`);
    const text = await readFile(path, 'utf8');
    // Written with an editor, it is readable for everybody on this computer.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0 && /\bkey["']?\s*:/.test(text)) await chmod(path, 0o600);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function choiceOf(text: string, path: string): EngineChoice {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw wrong(path, lines.linePos(broken.pos[0]).line, broken.message);
  const parsed = file.safeParse(withoutAliases(document, path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.length ? document.getIn(issue.path, true) : document.contents;
    const range = typeof at === 'object' && at !== null && 'range' in at ? (at.range as number[] | null) : undefined; // as: of a node
    const line = lines.linePos(range?.[0] ?? 0).line;
    throw wrong(path, line, `${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  const { engines, discover } = parsed.data ?? { engines: [], discover: true };
  return { engines: engines ?? [], discover };
}

/** What it says; aliases are not followed: a few lines of them can mean millions. */
function withoutAliases(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw new BridgeError('failed', `Cannot use ${path}: it refers to itself with * or <<: write all out`, { cause });
  }
}

function wrong(path: string, line: number, reason: string): BridgeError {
  return new BridgeError('failed', `Cannot use ${path}: line ${line}: ${reason}`);
}
