/** One line of Ollama's NDJSON answer, as far as the tests look at it. */
export interface OllamaLine {
  message?: { content: string };
  done: boolean;
  error?: string;
}

/** The lines of a streamed answer as they come. */
export async function* ollamaLines(response: Response): AsyncGenerator<OllamaLine> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) yield JSON.parse(line) as OllamaLine; // the engine's own format
  }
}
