import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the engine says to a question: its words at a pace, after what it thinks. */
export interface Script {
  text: string;
  thinking?: string;
  /** Undefined: as fast as it is taken. */
  tokensPerSecond?: number;
  /** How long the model loads before its first word. */
  loadMs?: number;
}

export interface ReplayEngine extends AsyncDisposable {
  url: URL;
  /** What is said from now on. */
  script: Script;
  /** Goes on after `hold()`. */
  release(): void;
  /** Stops every answer before its next word, until it is released; thoughts go on. */
  hold(): void;
}

const MODEL = 'replay:latest';
const AHEAD_MS = 10;

/** An engine that speaks as Ollama does and says a given text: what a page shows can't be tested with one sentence. */
export async function startReplayEngine(script: Script): Promise<ReplayEngine> {
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const server = createServer((request, response) => {
    switch (`${request.method} ${new URL(request.url ?? '/', 'http://engine').pathname}`) {
      case 'GET /api/version':
        return json(response, { version: '0.24.0' });
      case 'GET /api/tags':
        return json(response, { models: [{ name: MODEL }] });
      case 'GET /api/ps':
        return json(response, { models: [] });
      case 'POST /api/chat':
        return void answer(request, response);
      default:
        response.writeHead(404).end();
    }
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await request.toArray();
    const { text, thinking = '', tokensPerSecond, loadMs = 0 } = engine.script;
    await sleep(loadMs);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const since = performance.now();
    let said = 0;
    const say = async (part: 'content' | 'thinking', token: string): Promise<void> => {
      if (part === 'content') await gate.promise;
      said += 1;
      if (tokensPerSecond !== undefined) {
        const wait = since + (said * 1000) / tokensPerSecond - performance.now();
        if (wait > AHEAD_MS) await sleep(wait);
      }
      response.write(line({ message: { role: 'assistant', content: '', [part]: token }, done: false }));
    };
    for (const token of tokens(thinking)) if (!response.destroyed) await say('thinking', token);
    for (const token of tokens(text)) if (!response.destroyed) await say('content', token);
    const counts = { eval_count: said, eval_duration: 1e9, prompt_eval_count: 5, load_duration: loadMs * 1e6 };
    response.end(line({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...counts }));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  const engine: ReplayEngine = {
    url: new URL(`http://127.0.0.1:${port}`),
    script,
    hold: () => void (gate = Promise.withResolvers<void>()),
    release: () => gate.resolve(),
    async [Symbol.asyncDispose]() {
      gate.resolve();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return engine;
}

/** About as models cut text: a few characters each, never inside of one. */
function tokens(text: string): string[] {
  return text.match(/\s?[\p{L}\p{N}]{1,5}|\s?[^\p{L}\p{N}\s]{1,2}|\s/gu) ?? [];
}

function line(part: object): string {
  return `${JSON.stringify({ model: MODEL, created_at: '2026-01-01T00:00:00Z', ...part })}\n`;
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
