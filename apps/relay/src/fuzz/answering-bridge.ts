import type { ExchangeRequest } from '@cloudtolocalllm/protocol';
import { type Accept, TestBridge } from '../bridges/test-bridge.ts';

/** A streaming bridge whose engine has one model, which always says the same. */
export class AnsweringBridge extends TestBridge {
  /** What it was asked for. */
  readonly asked: string[] = [];
  readonly model: string;

  constructor(model: string, says: string) {
    const asked: string[] = [];
    super(answerLikeOllama(asked, model, says));
    this.asked = asked;
    this.model = model;
  }

  async start(url: string, token: string): Promise<void> {
    await this.connect(url, token);
    this.say({ type: 'status_update', payload: { ollamaStatus: 'connected', models: [this.model] } });
  }
}

function answerLikeOllama(asked: string[], model: string, says: string): Accept {
  return (request, exchange) => {
    asked.push(`${request.method} ${request.path}`);
    return {
      data: (chunk) => exchange.consumed(chunk.length),
      end() {
        const [type, body] = answerTo(request, model, says);
        exchange.head(200, ['content-type', type]);
        // An exchange takes what it is given as it is; an answer to HEAD has no body.
        if (request.method !== 'HEAD') exchange.write(Buffer.from(body));
        exchange.end();
      },
    };
  };
}

function answerTo({ path }: ExchangeRequest, model: string, says: string): [type: string, body: string] {
  if (!path.startsWith('/api/chat')) return ['application/json', JSON.stringify({ models: [{ name: model }] })];
  const lines = [
    { message: { role: 'assistant', content: says }, done: false },
    { message: { role: 'assistant', content: '' }, done: true, prompt_eval_count: 3, eval_count: 4 },
  ];
  return ['application/x-ndjson', lines.map((line) => `${JSON.stringify(line)}\n`).join('')];
}
