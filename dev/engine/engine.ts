import { createHash } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoModel } from './demo-model.ts';
import { EngineError } from './engine-error.ts';
import { loadLlama } from './llama.ts';
import {
  describeModel,
  encodeModel,
  type ModelDescription,
  writeModel,
  type WriteModelOptions,
} from './write-model.ts';

export interface EngineOptions {
  /** Folder of the model files; made when it isn't there. */
  dataDir: string;
  /** Slows every generation down to this pace. */
  tokensPerSecond?: number | undefined;
  /** Serve `tiny-demo-broken:latest` too, whose generations fail in mid-answer. For tests. */
  withBrokenModel?: boolean | undefined;
  /** In front of every model's name, so that several engines have different ones. For tests. */
  modelPrefix?: string | undefined;
}

/** The models this engine serves. */
export interface Engine {
  models: readonly DemoModel[];
  /** The same for all of them: they differ in what comes after the last word. */
  description: ModelDescription;
  /**
   * Finds a model by its name, with or without `:latest`.
   * @throws EngineError `bad-request` without a name, `model-not-found` otherwise.
   */
  find(name: string | undefined): DemoModel;
}

/** Tokens that the broken model sends before it fails. */
const BROKEN_AFTER_TOKENS = 5;

/** Writes the model files where they are missing and starts llama.cpp; `installEngine` must have run before. */
export async function createEngine({
  dataDir,
  tokensPerSecond,
  withBrokenModel = false,
  modelPrefix = '',
}: EngineOptions): Promise<Engine> {
  await mkdir(dataDir, { recursive: true });
  const tiny = await ensureModelFile(dataDir, 'tiny-demo', {});
  const endless = await ensureModelFile(dataDir, 'tiny-demo-endless', { endless: true });
  const llama = await loadLlama();
  const open = (name: string, path: string, failAfter?: number) =>
    DemoModel.open({ name: modelPrefix + name, path, llama, tokensPerSecond, failAfter });
  const models = await Promise.all([
    open('tiny-demo:latest', tiny),
    open('tiny-demo-endless:latest', endless),
    ...(withBrokenModel ? [open('tiny-demo-broken:latest', tiny, BROKEN_AFTER_TOKENS)] : []),
  ]);

  return {
    models,
    description: describeModel(),
    find(name) {
      if (!name) throw new EngineError('bad-request', 'model is required');
      const full = (name.includes(':') ? name : `${name}:latest`).toLowerCase();
      const model = models.find((candidate) => candidate.name === full);
      if (!model) throw new EngineError('model-not-found', `model '${name}' not found`);
      return model;
    },
  };
}

/** The file's name carries a hash of its bytes: one that another version of this program wrote is not used. */
async function ensureModelFile(dataDir: string, name: string, options: WriteModelOptions): Promise<string> {
  const hash = createHash('sha256').update(encodeModel(options)).digest('hex').slice(0, 12);
  const path = join(dataDir, `${name}-${hash}.gguf`);
  try {
    await access(path);
  } catch {
    await writeModel(path, options);
  }
  return path;
}
