import type { AnswerMetadata, GenerationOptions, ToolCall } from '@cloudtolocalllm/protocol';

/** One turn of the prompt. */
export interface PromptMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
  /** Base64. */
  images?: string[];
}

/** Who may answer, and with which model. */
export interface WantedModel {
  userId: string;
  /** The one bridge that shall answer, because the request names it. */
  named?: string | undefined;
  /** The bridge that answered this conversation before, if any. */
  bridgeId?: string | undefined;
  /** The only bridges that may answer; undefined = all of the user's. */
  bridges?: ReadonlySet<string> | undefined;
  model: string;
}

export interface GenerateRequest extends WantedModel {
  conversationId: string;
  /** The last one is a question, or an answer that is to be continued. */
  messages: readonly PromptMessage[];
  options?: GenerationOptions | undefined;
  /** Aborted when nobody wants the answer any more: the engine has to stop. */
  signal: AbortSignal;
}

/** Who is being asked, and who was asked before in vain. */
export type AskedBridge = Required<Pick<AnswerMetadata, 'bridgeId'>> &
  Pick<AnswerMetadata, 'bridgeName' | 'failedOver'>;

/** What an engine says of its own work. */
export type EngineFigures = Pick<AnswerMetadata, 'promptTokens' | 'answerTokens' | 'loadMs' | 'promptMs' | 'answerMs'>;

export interface AnswerSink {
  /** A bridge was chosen; called again for each one that the answer fails over to. */
  asked?(bridge: AskedBridge): void;
  /** The engine is taking its time: it loads the model, or others are before us. */
  loading?(): void;
  text(content: string): void;
  /** What it reasons before it answers. */
  thinking?(content: string): void;
  toolCall?(call: ToolCall): void;
}

export interface MadeAnswer {
  totalTokens: number;
  bridgeId: string;
  figures?: EngineFigures | undefined;
}

/**
 * The seam between chat and whatever answers. `generate` resolves when the answer is whole and throws a RelayError
 * whose message a person understands; it may not call the sink afterwards.
 */
export interface ChatModel {
  generate(request: GenerateRequest, sink: AnswerSink): Promise<MadeAnswer>;
  /** Whether somebody who could answer is there right now. Absent: always. */
  mayAnswer?(wanted: WantedModel): boolean;
}
