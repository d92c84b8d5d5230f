import type { CodeLine } from './code-line.ts';
import type { ColourAnswer, ColourRequest } from './colour-messages.ts';
import type { CodeLanguage } from './languages.ts';

/** Longer code stays in ink. */
export const MAX_COLOURED_CHARACTERS = 60_000;
/** Codes that come into view again have their colours at once. */
const MAX_KEPT = 100;

/** A code with the lines that are coloured so far. */
export type ColouredCode = { text: string; lines: readonly CodeLine[] };

/** Has code coloured by a worker, which is started by the first code there is. */
export function createCodeColours(startWorker: () => Pick<Worker, 'postMessage' | 'addEventListener'>) {
  let worker: ReturnType<typeof startWorker> | undefined;
  let ids = 0;
  const kept = new Map<string, readonly CodeLine[]>();
  const listeners = new Map<number, (answer: ColourAnswer) => void>();

  function send(request: ColourRequest): void {
    if (worker === undefined) {
      worker = startWorker();
      // as: the worker is ours, and sends nothing else.
      worker.addEventListener('message', (event) => {
        const answer = (event as MessageEvent<ColourAnswer>).data;
        listeners.get(answer.id)?.(answer);
      });
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage(request);
  }

  function keep(key: string, lines: readonly CodeLine[]): void {
    kept.delete(key);
    kept.set(key, lines);
    if (kept.size <= MAX_KEPT) return;
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }

  return {
    /** The lines of a whole code that was coloured before. */
    known: (language: CodeLanguage, text: string): readonly CodeLine[] | undefined => kept.get(`${language} ${text}`),

    /** Colours one code as it grows, at most one request at a time. */
    open(language: CodeLanguage, onLines: (code: ColouredCode) => void) {
      const id = (ids += 1);
      let lines: readonly CodeLine[] = [];
      let asked: string | undefined;
      let waiting: { text: string; isWhole: boolean } | undefined;

      const ask = (text: string, isWhole: boolean): void => {
        asked = text;
        send({ type: 'colour', id, language, text, isWhole });
      };
      listeners.set(id, (answer) => {
        const text = asked ?? '';
        asked = undefined;
        lines = [...lines.slice(0, answer.from), ...answer.lines];
        if (answer.isWhole) keep(`${language} ${text}`, lines);
        onLines({ text, lines });
        if (waiting !== undefined) ask(waiting.text, waiting.isWhole);
        waiting = undefined;
      });
      return {
        colour(text: string, isWhole: boolean): void {
          if (asked === undefined) ask(text, isWhole);
          else waiting = { text, isWhole };
        },
        close(): void {
          listeners.delete(id);
          if (worker !== undefined) send({ type: 'forget', id });
        },
      };
    },
  };
}
