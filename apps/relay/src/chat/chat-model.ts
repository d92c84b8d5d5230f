/** One turn of the prompt. */
export interface PromptMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface GenerateRequest {
  userId: string;
  conversationId: string;
  /** The bridge that answered this conversation before, if any. */
  bridgeId?: string;
  /** The only bridges that may answer; undefined = all of the user's. */
  bridges?: ReadonlySet<string>;
  model: string;
  messages: readonly PromptMessage[];
  /** Aborted when nobody wants the answer any more: the engine has to stop. */
  signal: AbortSignal;
}

export interface AnswerSink {
  /** The engine is taking its time: it loads the model, or others are before us. */
  loading?(): void;
  text(content: string): void;
}

/**
 * The seam between chat and whatever answers. `generate` resolves when the answer is whole and throws a RelayError
 * whose message a person understands; it may not call the sink afterwards.
 */
export interface ChatModel {
  generate(request: GenerateRequest, sink: AnswerSink): Promise<{ totalTokens: number; bridgeId: string }>;
}
