import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { GenerationPiece } from './generate.ts';
import { type ErrorAnswer, toErrorAnswer } from './respond.ts';

export type GenerationEnd = Extract<GenerationPiece, { type: 'end' }>;

/** How one API writes a streamed answer; every function returns the text to send. */
export interface StreamFormat {
  contentType: string;
  token(text: string): string;
  end(end: GenerationEnd): string;
  /** For a failure when the answer has begun and its status can't be changed. */
  error(error: ErrorAnswer): string;
}

export interface WholeAnswer {
  text: string;
  end: GenerationEnd;
}

/** Writes each token as it is made, and asks for the next when the client has taken this one. */
export async function streamAnswer(
  response: ServerResponse,
  pieces: AsyncIterable<GenerationPiece>,
  format: StreamFormat,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (!response.headersSent) response.writeHead(200, { 'content-type': format.contentType });
      const text = piece.type === 'token' ? format.token(piece.text) : format.end(piece);
      if (!response.write(text)) await once(response, 'drain', { signal });
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!response.headersSent) throw error;
    response.write(format.error(toErrorAnswer(error)));
  }
  response.end();
}

/** The answer as a whole; undefined when the client left before its end. */
export async function collectAnswer(pieces: AsyncIterable<GenerationPiece>): Promise<WholeAnswer | undefined> {
  let text = '';
  for await (const piece of pieces) {
    if (piece.type === 'end') return { text, end: piece };
    text += piece.text;
  }
  return undefined;
}
