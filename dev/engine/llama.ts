/**
 * The part of node-llama-cpp that we use. Its own types are out of reach: the package is installed at run time, and the
 * sources are type-checked where it isn't.
 */
export type Token = number & { readonly __token: unique symbol };

export interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
}

export interface LlamaModel {
  tokenize(text: string): Token[];
  /** `previous` tokens decide whether a leading space belongs to the text. */
  detokenize(tokens: readonly Token[], specialTokens?: boolean, previous?: readonly Token[]): string;
  createContext(options: {
    sequences: number;
    contextSize: number;
    batchSize: number;
    threads: number;
  }): Promise<LlamaContext>;
  createEmbeddingContext(options: {
    contextSize: number;
    batchSize: number;
    threads: number;
  }): Promise<LlamaEmbeddingContext>;
  dispose(): Promise<void>;
}

export interface LlamaContext {
  getSequence(): LlamaSequence;
}

export interface LlamaSequence {
  /** Ends at the model's end token; when the context is full the oldest tokens are dropped from it. */
  evaluate(tokens: Token[]): AsyncGenerator<Token, void>;
  clearHistory(): Promise<void>;
}

export interface LlamaEmbeddingContext {
  getEmbeddingFor(tokens: Token[]): Promise<{ vector: readonly number[] }>;
}

interface LlamaPackage {
  getLlama(options: {
    gpu: false | 'metal';
    build: 'never';
    skipDownload: boolean;
    progressLogs: boolean;
    maxThreads: number;
    logLevel: 'error';
    logger: (level: string, message: string) => void;
  }): Promise<Llama>;
}

/** Starts llama.cpp with one thread; `installEngine` must have run before. */
export async function loadLlama(): Promise<Llama> {
  // A variable, so that the type checker doesn't look for a package that may not be installed.
  const specifier = 'node-llama-cpp';
  const llamaPackage = (await import(specifier)) as LlamaPackage;
  return llamaPackage.getLlama({
    // On Apple silicon the only ready binary is the one with Metal.
    gpu: process.platform === 'darwin' && process.arch === 'arm64' ? 'metal' : false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    maxThreads: 1,
    logLevel: 'error',
    logger: (level, message) => process.stderr.write(`llama.cpp ${level}: ${message.trimEnd()}\n`),
  });
}
