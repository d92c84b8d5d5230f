import { SENTENCE } from '../../dev/engine/write-model.ts';
import { ollamaLines } from '../support/ollama-lines.ts';

export interface RunningAnswerOptions {
  /** The relay's address. */
  url: string;
  token: string;
  bridgeId: string;
  /** How many tokens it has. */
  tokens: number;
}

/** An answer that a client of the relay receives token by token, and when. */
export class RunningAnswer {
  readonly #words: string[] = [];
  readonly #heard: number[] = [];
  readonly #tokens: number;
  /** Resolves with `done` when it had its last line, otherwise with why it ended. */
  readonly ended: Promise<string>;

  constructor(options: RunningAnswerOptions) {
    this.#tokens = options.tokens;
    this.ended = this.#receive(options).catch((error: unknown) => (error as Error).message);
  }

  get count(): number {
    return this.#words.length;
  }

  /** When the first token after this moment came. */
  firstAfter(at: number): number | undefined {
    return this.#heard.find((heard) => heard >= at);
  }

  /** What is wrong with what came; undefined: nothing is lost and nothing is there twice. */
  fault(ending: string): string | undefined {
    const text = this.#words.join('');
    if (text !== `${SENTENCE} `.repeat(this.count + 1).slice(0, text.length)) {
      return `the words are not those of the engine: …${JSON.stringify(text.slice(-200))}`;
    }
    if (ending === 'done' && this.count !== this.#tokens) return `${this.count} of ${this.#tokens} tokens came`;
    return undefined;
  }

  async #receive({ url, token, bridgeId, tokens }: RunningAnswerOptions): Promise<string> {
    const response = await fetch(`${url}/ollama/api/chat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-bridge-id': bridgeId },
      body: JSON.stringify({
        model: 'tiny-demo-endless',
        messages: [{ role: 'user', content: 'Go on.' }],
        options: { num_predict: tokens },
      }),
    });
    if (response.status !== 200) return `it was refused: ${await response.text()}`;
    for await (const line of ollamaLines(response)) {
      if (line.error !== undefined) return line.error;
      if (line.done) return 'done';
      this.#words.push(line.message?.content ?? '');
      this.#heard.push(performance.now());
    }
    return 'it broke off';
  }
}
